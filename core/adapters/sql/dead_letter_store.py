"""Tasks that failed for good, kept until somebody looks or they are old."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from core.adapters.sql.database import Database
from core.adapters.sql.tables import dead_letters
from core.adapters.sql.walls import ALL_TENANTS
from core.ports import Clock

MOST_ARGUMENTS = 2_000
"""Characters of the arguments that are kept."""
MOST_PROBLEM = 500
"""Characters of the problem that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One task that failed for good."""

    tenant: str
    """"*" for one that is nobody's own."""
    task: str
    arguments: str
    """JSON."""
    problem: str
    """Type and place of the last exception; never its text."""
    attempts: int
    dead_time: datetime


class SqlDeadLetters:
    """Keeps dead letters. A call that returns has committed.

    Args:
        database: Where.
        clock: The present moment.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, *, tenant: str, task: str, arguments: str, problem: str, attempts: int) -> None:
        """Keep one.

        Raises:
            DependencyDown: If the database does not work.
        """
        row: Mapping[str, object] = {
            "tenant": tenant,
            "task": task,
            "arguments": arguments[:MOST_ARGUMENTS],
            "problem": problem[:MOST_PROBLEM],
            "attempts": attempts,
            "dead_time": self._clock(),
        }
        with self._database.write(tenant) as connection:
            connection.execute(insert(dead_letters).values(row))

    def newest(self, tenant: str = ALL_TENANTS, *, limit: int = 100) -> list[DeadLetter]:
        """Return up to ``limit``, newest first, of a tenant or of all.

        Raises:
            DependencyDown: If the database does not work.
        """
        columns = [column for column in dead_letters.c if column.name != "id"]
        query = select(*columns).order_by(dead_letters.c.id.desc()).limit(limit)
        if tenant != ALL_TENANTS:
            query = query.where(dead_letters.c.tenant == tenant)
        with self._database.read(tenant) as connection:
            return [DeadLetter(**row) for row in connection.execute(query).mappings()]

    def prune(self, keep: timedelta) -> int:
        """Remove what is older than ``keep``, of all tenants, and return how many there were.

        Raises:
            DependencyDown: If the database does not work.
        """
        old = delete(dead_letters).where(dead_letters.c.dead_time < self._clock() - keep)
        with self._database.write(ALL_TENANTS) as connection:
            return connection.execute(old).rowcount
