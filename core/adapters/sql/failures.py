"""What a failing database means to the domain."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.errors import DeadlineSpent, DependencyDown, LeadlineError
from core.resilience.breaker import CircuitBreaker, OnChange, tell_nobody
from core.resilience.retry import retried

STORE = "store"
"""Name of the dependency in errors and status."""
OUTAGES = 3
REST = timedelta(seconds=15)
"""How long the database is left alone after so many outages in a row."""
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL}
"""A file that answers, if only to say no: reads go on."""


class StoreLost(DependencyDown):
    """There is nobody to talk to. Other outages, such as a lock that is held, come from a database that answers."""

    def __init__(self, *, is_silent: bool = False) -> None:
        super().__init__(STORE)
        self.is_silent = is_silent
        """Whether time was spent waiting for it: to try again at once would spend as much again."""


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, StoreLost) and not error.is_silent


again = retried(_is_passing)
"""Decorator of reads, and of writes that carry a request id: a lost connection costs the caller nothing."""


def store_breaker(on_change: OnChange = tell_nobody) -> CircuitBreaker:
    """Return the breaker in front of a database: closed while it answers, if only to say no."""
    unclear = (DeadlineSpent, DependencyDown)
    return CircuitBreaker(STORE, OUTAGES, REST, outages=(StoreLost,), unclear=unclear, on_change=on_change)


@contextmanager
def store_failures() -> Iterator[None]:
    """Turn errors of the database into errors of the domain.

    Raises:
        DependencyDown: If the database is locked, is too slow, or has no free connection.
        StoreLost: If it cannot be reached.
        DeadlineSpent: If the call had too little time left to wait for its answer.
        InvalidInput: If a value cannot be stored.
    """
    try:
        yield
    except PoolTimeout as error:
        raise DependencyDown(STORE) from error
    except StatementError as error:
        # A column type refused a value; SQLAlchemy wraps what the type raised.
        if isinstance(error.orig, LeadlineError):
            raise error.orig from error
        if isinstance(error, DBAPIError) and _is_outage(error):
            raise _outage(error) from error
        raise


def _is_outage(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is None:
        return isinstance(error, OperationalError)
    # SQLite's driver calls wrong SQL operational too: that is our mistake, and no retry will help. A damaged
    # file has no class of its own.
    return code != sqlite3.SQLITE_ERROR and type(error) in {OperationalError, DatabaseError}


def _outage(error: DBAPIError) -> LeadlineError:
    tells_of_server = getattr(error.orig, "is_outage", None)
    if tells_of_server is not None:
        return StoreLost(is_silent=True) if tells_of_server else DeadlineSpent("the store had no time left to answer")
    return StoreLost() if _is_lost(error) else DependencyDown(STORE)


def _is_lost(error: DBAPIError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF not in _BUSY
    # A server that answers gives a code of its own.
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) is None
