"""How long first answers are kept for requests that come again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, tuple_

from core.adapters.sql.database import Database
from core.adapters.sql.tables import idempotent_requests as requests
from core.adapters.sql.walls import ALL_TENANTS

ANSWERS_KEPT = timedelta(days=30)
"""A request id that comes again within this time gets the first answer. Later it counts as new."""
ROWS_AT_ONCE = 1_000
"""Rows of one transaction, so that no caller waits long for its turn."""


def prune_requests(database: Database, now: datetime, keep: timedelta = ANSWERS_KEPT) -> int:
    """Remove the answers that are older than ``keep``, of all tenants, and return how many there were.

    Several processes may do so at once.

    Args:
        database: Where they are.
        now: The present moment.
        keep: How long an answer is kept.

    Raises:
        DependencyDown: If the database does not work. What was removed so far stays removed.
    """
    key = tuple_(requests.c.tenant, requests.c.method, requests.c.request_key)
    old = select(*key.clauses).where(requests.c.recorded_time < now - keep).limit(ROWS_AT_ONCE)
    removed = 0
    while True:
        with database.write(ALL_TENANTS) as connection:
            count = connection.execute(delete(requests).where(key.in_(old))).rowcount
        removed += count
        if count == 0:
            return removed
