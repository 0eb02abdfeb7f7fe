"""Features of leads and items in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, or_, select, tuple_

from core.adapters.sql.database import Database
from core.adapters.sql.erasure_guard import hold_erasures
from core.adapters.sql.event_heads import read_head
from core.adapters.sql.failures import again
from core.adapters.sql.interaction_rows import row_of, stored_of
from core.adapters.sql.locks import lock_name
from core.adapters.sql.stream_cursors import move_cursor, read_cursor
from core.adapters.sql.tables import interaction_features, lead_events
from core.adapters.sql.upsert import insert_for
from core.errors import InvalidInput
from core.event import Event
from core.identifiers import LeadId, TenantId
from core.interactions.store import LogPlace, Pair, PairRow, StoredPair
from core.ports import Clock

CURSOR = "interaction_features"
MOST_ROWS = 500
"""Of one statement."""
_KEY = ("tenant", "lead_id", "item_id")
_columns, _events = interaction_features.c, lead_events.c
_stored = (_columns.sequence, _columns.plan_hash, _columns.last_computed_at, _columns.state)
_event = select(*(_events[name] for name in Event._fields))


class SqlInteractionStore:
    """Keeps pairs. Implements :class:`core.interactions.store.InteractionStore`.

    Args:
        database: Where to.
        clock: When the place in the log was moved.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @again
    def place(self, tenant: TenantId) -> LogPlace:
        """Return up to where the log was worked through."""
        with self._database.read(tenant) as connection:
            # Erasures first: one that happens between the two questions is noticed when something is written.
            erasures = read_head(connection, tenant).erasures
            return _place(connection, tenant, erasures)

    @again
    def pairs(self, tenant: TenantId, pairs: Collection[Pair]) -> Mapping[Pair, StoredPair]:
        """Return those of the pairs that are stored."""
        named = (_columns.lead_id, _columns.item_id)
        query = select(*named, *_stored).where(_columns.tenant == tenant)
        asked: list[Pair] = list(pairs)
        found: dict[Pair, StoredPair] = {}
        with self._database.read(tenant) as connection:
            for start in range(0, len(asked), MOST_ROWS):
                some = tuple_(*named).in_(asked[start : start + MOST_ROWS])
                for row in connection.execute(query.where(some)):
                    found[Pair(LeadId(row.lead_id), row.item_id)] = stored_of(row)
        return found

    @again
    def pair_events(self, tenant: TenantId, pair: Pair, *, after: int, limit: int) -> Sequence[Event]:
        """Return the oldest events of a pair above a sequence, up to ``limit``."""
        mine = (_events.tenant == tenant, _events.lead_id == pair.lead_id, _events.item_id == pair.item_id)
        query = _event.where(*mine, _events.sequence > after).order_by(_events.sequence).limit(limit)
        with self._database.read(tenant) as connection:
            return list(map(Event._make, connection.execute(query)))

    def upsert(
        self, tenant: TenantId, rows: Sequence[PairRow], *, found: LogPlace, reached: LogPlace | None = None
    ) -> bool:
        """Store pairs, all or none; one that is stored up to a later event by the same plan stays as it is."""
        if len(rows) > MOST_ROWS:
            raise InvalidInput.of("rows", f"must be at most {MOST_ROWS}, not {len(rows):,}")
        with self._database.write(tenant) as connection:
            lock_name(connection, CURSOR, tenant)
            if not hold_erasures(connection, tenant, found.erasures):
                return False
            if _place(connection, tenant, found.erasures) != found:
                return False
            if rows:
                _upsert(connection, [row_of(tenant, row) for row in rows])
            if reached is not None:
                body = {"plan_hash": reached.plan_hash}
                move_cursor(connection, tenant, CURSOR, reached.sequence, now=self._clock(), body=body)
            return True


def _place(connection: Connection, tenant: TenantId, erasures: int) -> LogPlace:
    sequence, body = read_cursor(connection, tenant, CURSOR)
    return LogPlace(sequence=sequence, plan_hash=body.get("plan_hash", ""), erasures=erasures)


def _upsert(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write all rows in one statement."""
    statement = insert_for(connection, interaction_features).values(rows)
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=_KEY,
            set_={column.name: new[column.name] for column in _columns if column.name not in _KEY},
            where=or_(_columns.sequence < new.sequence, _columns.plan_hash != new.plan_hash),
        )
    )
