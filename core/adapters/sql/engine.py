"""Opens a database by its URL."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from core.adapters.sql.database import WRITE_WAIT_SECONDS, WRITES, Database
from core.errors import InvalidInput

POOL_SIZE = 16
"""Connections of one process; PostgreSQL allows 100 in all by default."""
POOL_WAIT_SECONDS = 0.25
"""Longest wait for a free connection. Whoever waits longer is told to come back."""
CONNECT_SECONDS = 2
"""Longest wait for PostgreSQL to take a connection; libpq knows no less."""
STATEMENT_MILLISECONDS = 5_000
"""Longest run of one statement in PostgreSQL."""
LOCK_MILLISECONDS = 2_000
"""Longest wait for a lock in PostgreSQL."""
IDLE_MILLISECONDS = 60_000
"""PostgreSQL ends a transaction whose process did nothing for so long."""

_POSTGRESQL_NAMES = {"postgres", "postgresql", "postgresql+psycopg"}


def open_database(url: str, *, pool_size: int = POOL_SIZE) -> Database:
    """Return the database at ``url``. Nothing connects yet.

    Args:
        url: ``sqlite:////absolute/path/to/file`` or ``postgresql://user:password@host:port/name``.
        pool_size: Most connections at once, >= 1.

    Raises:
        InvalidInput: If the URL is of another form.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise _url_error() from error
    if parsed.drivername in _POSTGRESQL_NAMES:
        return Database(_postgresql(parsed.set(drivername="postgresql+psycopg"), pool_size))
    if parsed.drivername == "sqlite" and parsed.database not in {None, "", ":memory:"}:
        return Database(_sqlite(parsed, pool_size))
    raise _url_error()


def _sqlite(url: URL, pool_size: int) -> Engine:
    Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        connect_args={"timeout": WRITE_WAIT_SECONDS},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # The driver's own idea of when a transaction begins leaves reads outside of it; we begin it ourselves.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later can fail at the write without any wait.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(url: URL, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        # Otherwise the first calls after a restart of the server fail.
        pool_pre_ping=True,
        connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "leadline"},
    )
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, _: ConnectionPoolEntry) -> None:
    # By statement, not in the start-up packet: connection poolers in between refuse options there.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false),"
            " set_config('idle_in_transaction_session_timeout', %s, false),"
            " set_config('TimeZone', 'UTC', false), set_config('synchronous_commit', 'on', false)",
            (f"{STATEMENT_MILLISECONDS}ms", f"{LOCK_MILLISECONDS}ms", f"{IDLE_MILLISECONDS}ms"),
        )
    connection.commit()


def _url_error() -> InvalidInput:
    return InvalidInput.of("store_url", "must be sqlite:///path/to/file or postgresql://user@host/name")
