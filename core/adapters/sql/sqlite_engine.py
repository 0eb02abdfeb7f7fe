"""SQLite as a server's database: write-ahead log, full synchronisation, one writer at a time."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from core.adapters.sql.database import WRITE_WAIT_SECONDS, WRITES

RETRY_SECONDS = 0.01
"""Pause before the next try to switch to the write-ahead log."""


def sqlite_engine(url: URL, *, pool_size: int, pool_wait_seconds: float) -> Engine:
    """Return an engine on a file; its folder is made if it is not there.

    Args:
        url: Names a file.
        pool_size: Most connections at once.
        pool_wait_seconds: Longest wait for one of them.
    """
    Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_wait_seconds,
        connect_args={"timeout": WRITE_WAIT_SECONDS},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # The driver's own idea of when a transaction begins leaves reads outside of it; we begin it ourselves.
    connection.isolation_level = None
    _use_write_ahead_log(connection)
    connection.execute("PRAGMA synchronous=FULL").close()
    connection.execute("PRAGMA foreign_keys=ON").close()


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    # The mode belongs to the file, so that this is work for the first connection only. SQLite does not wait
    # for the others while it switches, whatever its timeout, and several may come first at once.
    deadline = time.monotonic() + WRITE_WAIT_SECONDS
    while True:
        try:
            if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            return


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later can fail at the write without any wait.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
