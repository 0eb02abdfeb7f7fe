"""Lets statements of one transaction take as long as they need: an index on a filled table does not come in seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, text

LONGEST_SECONDS = 3_600.0
"""Longest wait for the answer to one of them, so that a server that is frozen is noticed all the same."""


@contextmanager
def long_statements(connection: Connection) -> Iterator[None]:
    """Lift what bounds the statements of a transaction, on both sides, until the block ends; SQLite has no bounds.

    A lock is not waited for any longer than elsewhere: whoever waits for a table makes all others wait for it.

    Args:
        connection: In a transaction, which keeps the server's side lifted until it ends.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    bounded: Any = connection.connection.driver_connection
    before = bounded.exchange_seconds
    bounded.exchange_seconds = LONGEST_SECONDS
    try:
        yield
    finally:
        bounded.exchange_seconds = before
