"""How leads stand, in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from core.adapters.sql.conversation_leads import hold_leads, is_known_since
from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.standing_json import standing_from_json, standing_to_json
from core.adapters.sql.tables import lead_health as table
from core.adapters.sql.tables import leads
from core.adapters.sql.upsert import insert_for
from core.health.standing import Standing
from core.health.standing_store import NewReading
from core.health.unwritten import with_readings
from core.identifiers import LeadId, TenantId

LEADS_AT_ONCE = 100
"""Leads of one transaction: those who record events of the tenant wait for it."""
_TRIES = 5
"""Of a row that others change at the same time."""
_columns = table.c
_ONE = select(table).where(_columns.tenant == bindparam("tenant"), _columns.lead_id == bindparam("lead_id"))
"""Made once: it is asked with every assessment, and to put it together takes as long as SQLite takes to answer it."""
_Readings = Mapping[LeadId, Sequence[NewReading]]


class SqlLeadHealthStore:
    """Keeps how leads stand. Implements :class:`core.health.standing_store.StandingStore`.

    Args:
        database: Where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @again
    def get(self, tenant: TenantId, lead_id: LeadId) -> Standing | None:
        """Return how a lead stands, None of one that was never assessed."""
        with self._database.read(tenant) as connection:
            row = connection.execute(_ONE, {"tenant": tenant, "lead_id": lead_id}).one_or_none()
        return None if row is None else _standing(row)

    @again
    def advance(self, readings: Sequence[NewReading]) -> None:
        """Take readings in; see :meth:`core.health.standing_store.StandingStore.advance`."""
        of_tenant = attrgetter("tenant")
        for tenant, some in groupby(sorted(readings, key=of_tenant), of_tenant):
            for part in _parts(some):
                self._advance(tenant, part)

    def _advance(self, tenant: TenantId, readings: _Readings) -> None:
        with self._database.write(tenant) as connection:
            hold_leads(connection, tenant)
            left = _of_known(connection, tenant, readings)
            for _ in range(_TRIES):
                if not left:
                    return
                missed = _swap(connection, tenant, left)
                left = {lead_id: some for lead_id, some in left.items() if lead_id in missed}


def _parts(readings: Iterable[NewReading]) -> Iterable[_Readings]:
    """Yield up to 100 leads at a time, in one order, so that two processes never wait for each other crosswise."""
    of_lead: dict[LeadId, list[NewReading]] = {}
    for reading in sorted(readings, key=attrgetter("lead_id", "read_time")):
        of_lead.setdefault(reading.lead_id, []).append(reading)
    names = list(of_lead)
    for start in range(0, len(names), LEADS_AT_ONCE):
        yield {name: of_lead[name] for name in names[start : start + LEADS_AT_ONCE]}


def _of_known(connection: Connection, tenant: TenantId, readings: _Readings) -> _Readings:
    """Return the readings of leads that were not erased since they were read."""
    query = select(leads.c.lead_id, leads.c.create_time).where(
        leads.c.tenant == tenant, leads.c.lead_id.in_(list(readings))
    )
    created = {row.lead_id: row.create_time for row in connection.execute(query)}
    known = {}
    for lead_id, some in readings.items():
        there = [
            one
            for one in some
            if (lead_id in created and created[lead_id] <= one.read_time)
            or is_known_since(connection, tenant, lead_id, one.read_time)
        ]
        if there:
            known[lead_id] = there
    return known


def _swap(connection: Connection, tenant: TenantId, readings: _Readings) -> set[str]:
    """Write each lead's row if nobody changed it since it is read here; return the leads that somebody did change."""
    query = select(table).where(_columns.tenant == tenant, _columns.lead_id.in_(list(readings)))
    found = {row.lead_id: row for row in connection.execute(query)}
    rows = []
    for lead_id, some in readings.items():
        row = found.get(lead_id)
        before = None if row is None else _standing(row)
        after = with_readings(before, some)
        if after is not None and after != before:
            rows.append(_row(tenant, lead_id, after, revision=1 if row is None else row.revision + 1))
    if not rows:
        return set()
    insert = insert_for(connection, table).values(rows)
    new = insert.excluded
    names = ("level", "level_time", "score", "assess_time", "revision", "body")
    swapped = insert.on_conflict_do_update(
        index_elements=[_columns.tenant, _columns.lead_id],
        set_={name: new[name] for name in names},
        where=_columns.revision == new.revision - 1,
    )
    written = set(connection.scalars(swapped.returning(_columns.lead_id)))
    return {row["lead_id"] for row in rows} - written


def _row(tenant: TenantId, lead_id: LeadId, standing: Standing, revision: int) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "lead_id": lead_id,
        "level": standing.level.value,
        "level_time": standing.level_time,
        "score": standing.score,
        "assess_time": standing.assess_time,
        "revision": revision,
        "body": standing_to_json(standing),
    }


def _standing(row: Row[Any]) -> Standing:
    return standing_from_json(
        row.body, level=row.level, level_time=row.level_time, score=row.score, assess_time=row.assess_time
    )
