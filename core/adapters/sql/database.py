"""One database: connections, transactions, schema."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from core.adapters.sql.failures import STORE, store_breaker, store_failures
from core.adapters.sql.locks import lock_name
from core.adapters.sql.long_statements import long_statements
from core.adapters.sql.schema_version import SCHEMA_VERSION
from core.adapters.sql.walls import ALL_TENANTS, Walls, name_for_session, name_for_transaction, walls_of
from core.deadline import MARGIN_SECONDS, time_left
from core.errors import DependencyDown, WrongState
from core.resilience.breaker import CircuitBreaker

WRITE_WAIT_SECONDS = 5.0
"""Longest wait of a SQLite write for the write before it."""
WRITES = "leadline_writes"
"""Execution option of connections that are going to write."""


class Database:
    """Gives out transactions. Connects with the first one, not before.

    Make it with :func:`core.adapters.sql.engine.open_database`.

    Args:
        engine: Makes and keeps connections.
        breaker: Stands in front of every use; None for one of its own.
    """

    def __init__(self, engine: Engine, breaker: CircuitBreaker | None = None) -> None:
        self._engine = engine
        self.breaker = breaker or store_breaker()
        # SQLite has one writer at a time and wakes those who wait by chance, so that some wait for ever:
        # threads of one process queue here, before they take a connection.
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else None

    @contextmanager
    def read(self, tenant: str) -> Iterator[Connection]:
        """Give a connection for reading. Each statement may see something newer than the one before.

        Args:
            tenant: Whose rows it may see; ALL_TENANTS for the few questions that are nobody's own.

        Raises:
            DependencyDown: If the database does not work.
        """
        with self._guarded(), self._engine.connect() as connection:
            # Without a transaction a read in PostgreSQL is one exchange of messages instead of three.
            reading = connection if self._turn else connection.execution_options(isolation_level="AUTOCOMMIT")
            name_for_session(reading, tenant)
            yield reading

    @property
    def asks_and_writes_at_once(self) -> bool:
        """Whether one statement may both ask and write: SQLite has no INSERT within WITH."""
        return self._turn is None

    @contextmanager
    def single(self, tenant: str) -> Iterator[Connection]:
        """Give a connection for one statement that is a transaction by itself, committed durably once it returns.

        A transaction around it would be five exchanges of messages more. Only where
        :attr:`asks_and_writes_at_once`.

        Args:
            tenant: As for :meth:`write`.

        Raises:
            DependencyDown: As for :meth:`write`.
        """
        with self.read(tenant) as connection:
            yield connection

    @contextmanager
    def snapshot(self, tenant: str) -> Iterator[Connection]:
        """Give a connection in a transaction for reading, as streams of rows need one.

        Args:
            tenant: As for :meth:`read`.

        Raises:
            DependencyDown: If the database does not work.
        """
        with self._guarded(), self._engine.connect() as connection, connection.begin():
            name_for_transaction(connection, tenant)
            yield connection

    @contextmanager
    def write(self, tenant: str) -> Iterator[Connection]:
        """Give a connection in a transaction that is committed, durably, when the block ends without an error.

        Args:
            tenant: Whose rows it may see, change and add; ALL_TENANTS as for :meth:`read`.

        Raises:
            DependencyDown: If the database does not work. The transaction may have been committed if it failed
                while it was.
        """
        with self._my_turn(), self._guarded(), self._engine.connect() as connection:
            writing = connection.execution_options(**{WRITES: True})
            with writing.begin():
                name_for_transaction(writing, tenant)
                yield writing

    def check(self) -> None:
        """Ask the database for a sign of life.

        Raises:
            DependencyDown: If there is none.
        """
        with self.read(ALL_TENANTS) as connection:
            connection.execute(text("SELECT 1"))

    def check_walls(self) -> Walls:
        """Return whether a tenant's connection sees that tenant's rows only, whatever its SQL says.

        Raises:
            DependencyDown: If the database does not work.
        """
        with self.read(ALL_TENANTS) as connection:
            return walls_of(connection)

    def migrate(self) -> None:
        """Bring the schema up to what this code needs. Several processes may do so at once.

        Raises:
            DependencyDown: If the database does not work.
            WrongState: SCHEMA_TOO_NEW if newer code has been here.
        """
        with self.read(ALL_TENANTS) as connection:
            found = _schema_version(connection)
        if found == SCHEMA_VERSION:
            return
        if found is not None and found > SCHEMA_VERSION:
            message = f"the database has schema {found}, this code knows {SCHEMA_VERSION}: start newer code"
            raise WrongState("SCHEMA_TOO_NEW", message, found=found, known=SCHEMA_VERSION)
        with self.write(ALL_TENANTS) as connection, long_statements(connection):
            lock_name(connection, "migrate")
            if _schema_version(connection) == SCHEMA_VERSION:
                return
            # Alembic takes longer to import than a start may last, and most starts have nothing to migrate.
            from core.adapters.sql.migrate import upgrade  # noqa: PLC0415

            upgrade(connection)

    def close(self) -> None:
        """Close every connection. The object may be used again."""
        self._engine.dispose()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with self.breaker.guard(), store_failures():
            yield

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        left = time_left()
        patience = (
            WRITE_WAIT_SECONDS if left is None else min(WRITE_WAIT_SECONDS, left.total_seconds() - MARGIN_SECONDS)
        )
        if not self._turn.acquire(timeout=max(0.0, patience)):
            raise DependencyDown(STORE)
        try:
            yield
        finally:
            self._turn.release()


def _schema_version(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version
