"""States of leads in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from core.adapters.sql.database import Database
from core.adapters.sql.erasure_guard import hold_erasures
from core.adapters.sql.failures import again
from core.adapters.sql.stream_cursors import move_cursor, read_cursor
from core.adapters.sql.tables import lead_events, lead_states
from core.adapters.sql.upsert import insert_for
from core.behavior.lead_history import LeadSnapshot
from core.identifiers import LeadId, TenantId
from core.ports import Clock

CURSOR = "lead_states"
AT_ONCE = 50
"""States of one transaction: those who record events wait for it."""
_KEY = ("tenant", "lead_id")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_states, _events = lead_states.c, lead_events.c


class SqlStateStore:
    """Keeps states. Implements :class:`core.behavior.state_store.StateStore`.

    Args:
        database: Where to.
        clock: When a cursor was moved.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @again
    def get(self, tenant: TenantId, lead_id: LeadId) -> LeadSnapshot | None:
        """Return the newest copy, None without one."""
        query = select(lead_states).where(_states.tenant == tenant, _states.lead_id == lead_id)
        with self._database.read(tenant) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _snapshot(row)

    @again
    def save(self, tenant: TenantId, snapshots: Sequence[LeadSnapshot], *, erasures: int) -> bool:
        """Store copies in place of older ones, and of those of other plans, unless a lead was erased since."""
        for some in _parts(snapshots):
            with self._database.write(tenant) as connection:
                if not hold_erasures(connection, tenant, erasures):
                    return False
                _upsert(connection, [_row(tenant, one) for one in some])
        return True

    @again
    def busy_leads(self, tenant: TenantId, *, after: int, until: int, least: int) -> Sequence[LeadId]:
        """Return the leads with at least ``least`` events with sequences above ``after``, up to ``until``."""
        mine = (_events.tenant == tenant, _events.sequence > after, _events.sequence <= until)
        query = select(_events.lead_id).where(*mine).group_by(_events.lead_id).having(func.count() >= least)
        with self._database.read(tenant) as connection:
            return sorted(map(LeadId, connection.scalars(query)))

    @again
    def cursor(self, tenant: TenantId) -> int:
        """Return the sequence up to which busy leads were looked for; 0 at first."""
        with self._database.read(tenant) as connection:
            return read_cursor(connection, tenant, CURSOR)[0]

    @again
    def move_cursor(self, tenant: TenantId, sequence: int) -> None:
        """Remember how far busy leads were looked for. It never goes back."""
        with self._database.write(tenant) as connection:
            if read_cursor(connection, tenant, CURSOR)[0] < sequence:
                move_cursor(connection, tenant, CURSOR, sequence, now=self._clock(), body={})


def _upsert(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    statement = insert_for(connection, lead_states).values(rows)
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=_KEY,
            set_={column.name: new[column.name] for column in _states if column.name not in _KEY},
            where=or_(_states.sequence < new.sequence, _states.plan_hash != new.plan_hash),
        )
    )


def _row(tenant: TenantId, snapshot: LeadSnapshot) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "lead_id": snapshot.lead_id,
        "sequence": snapshot.sequence,
        "plan_hash": snapshot.plan_hash,
        "state": snapshot.state,
        "interactions": snapshot.interactions,
        "update_time": _EPOCH + snapshot.recorded_us * _MICROSECOND,
    }


def _snapshot(row: Row[Any]) -> LeadSnapshot:
    return LeadSnapshot(
        lead_id=LeadId(row.lead_id),
        sequence=row.sequence,
        recorded_us=(row.update_time - _EPOCH) // _MICROSECOND,
        plan_hash=row.plan_hash,
        state=row.state,
        interactions=row.interactions,
    )


def _parts(snapshots: Sequence[LeadSnapshot]) -> Iterator[Sequence[LeadSnapshot]]:
    for start in range(0, len(snapshots), AT_ONCE):
        yield snapshots[start : start + AT_ONCE]
