"""The database of one process, and what little its most frequent tasks need of it."""

from __future__ import annotations

from functools import cached_property

from core.adapters.sql.database import Database
from core.adapters.sql.dead_letter_store import SqlDeadLetters
from core.adapters.sql.engine import open_database
from core.adapters.sql.run_store import SqlRunStore
from workers.clock import now
from workers.settings import WorkerSettings

_POOL_SIZE = 4


class Stores:
    """Opens the database when it is first needed.

    Args:
        settings: What the operator set.
    """

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings

    @cached_property
    def database(self) -> Database:
        """The store, migrated."""
        database = open_database(self._settings.database_url, pool_size=_POOL_SIZE)
        database.migrate()
        return database

    @cached_property
    def dead_letters(self) -> SqlDeadLetters:
        """Tasks that failed for good."""
        return SqlDeadLetters(self.database, now)

    @cached_property
    def runs(self) -> SqlRunStore:
        """Training runs."""
        return SqlRunStore(self.database, now)
