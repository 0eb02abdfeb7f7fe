"""Opens a database by its URL."""

from __future__ import annotations

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from core.adapters.sql.database import Database
from core.adapters.sql.postgresql_engine import postgresql_engine
from core.adapters.sql.sqlite_engine import sqlite_engine
from core.errors import InvalidInput
from core.resilience.breaker import CircuitBreaker

POOL_SIZE = 16
"""Connections of one process; PostgreSQL allows 100 in all by default."""
POOL_WAIT_SECONDS = 0.25
"""Longest wait for a free connection. Whoever would wait longer is told to come back."""

_POSTGRESQL_NAMES = {"postgres", "postgresql", "postgresql+psycopg"}


def open_database(url: str, *, pool_size: int = POOL_SIZE, breaker: CircuitBreaker | None = None) -> Database:
    """Return the database at ``url``. Nothing connects yet.

    Args:
        url: ``sqlite:////absolute/path/to/file`` or ``postgresql://user:password@host:port/name``.
        pool_size: Most connections at once, >= 1.
        breaker: In front of every use; None for the usual one.

    Raises:
        InvalidInput: If the URL is of another form.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise _url_error() from error
    if parsed.drivername in _POSTGRESQL_NAMES:
        return Database(postgresql_engine(parsed, pool_size=pool_size, pool_wait_seconds=POOL_WAIT_SECONDS), breaker)
    if parsed.drivername == "sqlite" and parsed.database not in {None, "", ":memory:"}:
        return Database(sqlite_engine(parsed, pool_size=pool_size, pool_wait_seconds=POOL_WAIT_SECONDS), breaker)
    raise _url_error()


def _url_error() -> InvalidInput:
    return InvalidInput.of("store_url", "must be sqlite:///path/to/file or postgresql://user@host/name")
