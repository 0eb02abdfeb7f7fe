"""Counts how popular items are, from the log of events."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, distinct, func, insert, select

from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.locks import lock_name
from core.adapters.sql.long_statements import long_statements
from core.adapters.sql.tables import item_popularity, lead_events
from core.behavior.recording import microseconds_of
from core.event import EventKind
from core.identifiers import TenantId
from core.recommend.counts import WINDOW_DAYS
from core.recommend.interaction import PREFERENCES

HALF_LIFE_DAYS = 7.0
_DAY_US = 86_400_000_000
_ROWS_AT_ONCE = 5_000
_COUNTED = {kind.value: weight for kind, weight in PREFERENCES.items() if weight > 0} | {
    EventKind.ITEM_SWIPED.value: PREFERENCES[EventKind.ITEM_LIKED]
}
_popular = item_popularity.c


class SqlPopularityCounting:
    """Counts leads and what they did with each item in the last 30 days.

    Args:
        database: Where from, and where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @again
    def refresh(self, tenant: TenantId, moment: datetime) -> int:
        """Count anew, put that in place of what was counted before, and return how many items were counted.

        What was counted as of a later moment stays. Swipes to the disliked side are not counted.

        Raises:
            DependencyDown: If the database does not work.
        """
        # Counting takes a while: where there is one writer at a time, it must not be this.
        with self._database.snapshot(tenant) as connection, long_statements(connection):
            rows = _counted(connection, tenant, moment)
        with self._database.write(tenant) as connection:
            lock_name(connection, "popularity", tenant)
            newest = connection.scalar(select(func.max(_popular.as_of_time)).where(_popular.tenant == tenant))
            if newest is not None and newest > moment:
                return 0
            connection.execute(delete(item_popularity).where(_popular.tenant == tenant))
            for start in range(0, len(rows), _ROWS_AT_ONCE):
                connection.execute(insert(item_popularity), rows[start : start + _ROWS_AT_ONCE])
        return len(rows)


def _counted(connection: Connection, tenant: TenantId, moment: datetime) -> list[dict[str, Any]]:
    events = lead_events.c
    until = microseconds_of(moment)
    chosen = (
        events.tenant == tenant,
        events.item_id != "",
        events.kind.in_(sorted(_COUNTED)),
        events.positive.is_not(False),
        events.occurred_us >= until - WINDOW_DAYS * _DAY_US,
        events.occurred_us <= until,
    )
    leads = select(events.item_id, func.count(distinct(events.lead_id))).where(*chosen).group_by(events.item_id)
    # Whole days: neither side is negative.
    age = ((until - events.occurred_us) // _DAY_US).label("age")
    done = (
        select(events.item_id, events.kind, age, func.count()).where(*chosen).group_by(events.item_id, events.kind, age)
    )
    weights: dict[str, float] = defaultdict(float)
    for item_id, kind, days, count in connection.execute(done):
        weights[item_id] += count * _COUNTED[kind] * 0.5 ** (days / HALF_LIFE_DAYS)
    return [
        {
            "tenant": tenant,
            "item_id": item_id,
            "lead_count": count,
            "decayed_weight": weights[item_id],
            "as_of_time": moment,
        }
        for item_id, count in connection.execute(leads)
    ]
