"""One database: connections, transactions, schema."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from core.adapters.sql.failures import STORE, store_failures
from core.adapters.sql.locks import lock_name
from core.adapters.sql.schema_version import SCHEMA_VERSION
from core.errors import DependencyDown, WrongState

WRITE_WAIT_SECONDS = 5.0
"""Longest wait of a SQLite write for the write before it."""
WRITES = "leadline_writes"
"""Execution option of connections that are going to write."""


class Database:
    """Gives out transactions. Connects with the first one, not before.

    Make it with :func:`core.adapters.sql.engine.open_database`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # SQLite has one writer at a time and wakes those who wait by chance, so that some wait for ever:
        # threads of one process queue here, before they take a connection.
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for reading. Each statement may see something newer than the one before.

        Raises:
            DependencyDown: If the database does not work.
        """
        with store_failures(), self._engine.connect() as connection:
            # Without a transaction a read in PostgreSQL is one exchange of messages instead of three.
            yield connection if self._turn else connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a connection in a transaction for reading, as streams of rows need one.

        Raises:
            DependencyDown: If the database does not work.
        """
        with store_failures(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection in a transaction that is committed, durably, when the block ends without an error.

        Raises:
            DependencyDown: If the database does not work. The transaction may have been committed if it failed
                while it was.
        """
        with self._my_turn(), store_failures(), self._engine.connect() as connection:
            writing = connection.execution_options(**{WRITES: True})
            with writing.begin():
                yield writing

    def check(self) -> None:
        """Ask the database for a sign of life.

        Raises:
            DependencyDown: If there is none.
        """
        with self.read() as connection:
            connection.execute(text("SELECT 1"))

    def migrate(self) -> None:
        """Bring the schema up to what this code needs. Several processes may do so at once.

        Raises:
            DependencyDown: If the database does not work.
            WrongState: SCHEMA_TOO_NEW if newer code has been here.
        """
        with self.read() as connection:
            found = _schema_version(connection)
        if found == SCHEMA_VERSION:
            return
        if found is not None and found > SCHEMA_VERSION:
            message = f"the database has schema {found}, this code knows {SCHEMA_VERSION}: start newer code"
            raise WrongState("SCHEMA_TOO_NEW", message, found=found, known=SCHEMA_VERSION)
        with self.write() as connection:
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
    def _my_turn(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=WRITE_WAIT_SECONDS):
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
