"""A row of any table, for what must hold of every one of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.types import TypeDecorator

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
_VALUES = {str: "x", int: 1, float: 0.5, bool: True, bytes: b"x", datetime: WHEN}


def make_row(table: Table, tenant: str) -> dict[str, Any]:
    """Return a row that differs from those of other tenants in nothing but the tenant, if the keys allow it."""
    needed = [c for c in table.columns if not c.nullable and c.autoincrement is not True]
    row = {column.name: _VALUES[_python_type(column.type)] for column in needed}
    if table.name == "api_key_secrets":
        row["prefix"] = f"prefix-of-{tenant}"
    return row | {"tenant": tenant}


def add_rows(connection: Connection, tables: Iterable[Table], tenant: str) -> None:
    """Add one row to each table."""
    for table in tables:
        connection.execute(insert(table).values(make_row(table, tenant)))


def _python_type(column_type: Any) -> type:
    return column_type.impl_instance.python_type if isinstance(column_type, TypeDecorator) else column_type.python_type
