"""Named locks that last until the transaction ends."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, func, select


def lock_name(connection: Connection, *name: str) -> None:
    """Wait until nobody else holds the lock, then hold it until the transaction ends.

    In SQLite a writing transaction is alone anyway.
    """
    if connection.dialect.name != "postgresql":
        return
    digest = hashlib.sha256("\x00".join(name).encode("utf-8", "surrogatepass")).digest()
    key = int.from_bytes(digest[:8], "big", signed=True)
    connection.execute(select(func.pg_advisory_xact_lock(key)))
