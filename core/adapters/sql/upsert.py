"""INSERT … ON CONFLICT, which both databases have in their own words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite

Insert = Any
"""An INSERT that knows ``on_conflict_do_…``. SQLAlchemy has two such classes with the same methods."""


def insert_for(connection: Connection, table: Table) -> Insert:
    """Return an INSERT into ``table`` that knows ``on_conflict_do_…`` of the database behind ``connection``."""
    if connection.dialect.name == "postgresql":
        # The dialect takes 0.07 s to import, which nobody with SQLite should wait for.
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415

        return postgresql.insert(table)
    return sqlite.insert(table)
