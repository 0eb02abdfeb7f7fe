"""What a failing database means to the domain."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.errors import DependencyDown, LeadlineError

STORE = "store"
"""Name of the dependency in errors and status."""


@contextmanager
def store_failures() -> Iterator[None]:
    """Turn errors of the database into errors of the domain.

    Raises:
        DependencyDown: If the database cannot be reached, is locked, is too slow, or has no free connection.
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
            raise DependencyDown(STORE) from error
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
