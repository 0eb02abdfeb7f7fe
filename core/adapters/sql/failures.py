"""What a failing database means to the domain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError, StatementError
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
    except (DisconnectionError, OperationalError, PoolTimeout) as error:
        raise DependencyDown(STORE) from error
    except StatementError as error:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise DependencyDown(STORE) from error
        # A column type refused a value; SQLAlchemy wraps what the type raised.
        if isinstance(error.orig, LeadlineError):
            raise error.orig from error
        raise
