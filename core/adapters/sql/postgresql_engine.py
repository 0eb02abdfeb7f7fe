"""PostgreSQL with bounds on everything a call may wait for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from core.errors import InvalidInput

CONNECT_SECONDS = 2
"""Longest wait for the server to take a connection; libpq knows no less."""
STATEMENT_MILLISECONDS = 5_000
"""Longest run of one statement."""
LOCK_MILLISECONDS = 2_000
"""Longest wait for a lock."""
IDLE_MILLISECONDS = 60_000
"""The server ends a transaction whose client did nothing for so long."""

_SETTINGS = {
    "statement_timeout": f"{STATEMENT_MILLISECONDS}ms",
    "lock_timeout": f"{LOCK_MILLISECONDS}ms",
    "idle_in_transaction_session_timeout": f"{IDLE_MILLISECONDS}ms",
    "TimeZone": "UTC",
    # An OK on a write means it is on disk, whatever the server's own default.
    "synchronous_commit": "on",
}


def postgresql_engine(url: URL, *, pool_size: int, pool_wait_seconds: float) -> Engine:
    """Return an engine that connects with psycopg.

    Args:
        url: Names a server and a database.
        pool_size: Most connections at once.
        pool_wait_seconds: Longest wait for one of them.

    Raises:
        InvalidInput: If psycopg is not installed.
    """
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=pool_wait_seconds,
            # Otherwise the first calls after a restart of the server fail.
            pool_pre_ping=True,
            connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "leadline"},
        )
    except ModuleNotFoundError as error:
        raise InvalidInput.of(
            "store_url", "must be a SQLite file while leadline-backend[postgres] is missing"
        ) from error
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, _: ConnectionPoolEntry) -> None:
    # By statement, not in the start-up packet: connection poolers in between refuse options there.
    with connection.cursor() as cursor:
        for name, value in _SETTINGS.items():
            cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
    connection.commit()
