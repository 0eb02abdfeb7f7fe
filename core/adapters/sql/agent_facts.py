"""What happened between agents and leads, from the log of events and the stored leads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.many_ids import among, in_parts
from core.adapters.sql.tables import lead_events, leads
from core.identifiers import LeadId, TenantId
from core.recommend.agents.facts import RELEVANT, AgentEvent

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_AT_ONCE = 5_000


class SqlAgentFacts:
    """Implements :class:`core.recommend.agents.facts.AgentFacts`.

    Args:
        database: Where from.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def events(self, tenant: TenantId, start: datetime, end: datetime) -> Iterator[AgentEvent]:
        """Yield what agents did with leads in [start, end), in any order."""
        events = lead_events.c
        chosen = select(
            events.lead_id,
            events.kind,
            events.occurred_us,
            events.event_id,
            events.agent_id,
            events.positive,
            events.item_type,
        ).where(
            events.tenant == tenant,
            events.kind.in_(sorted(RELEVANT)),
            events.occurred_us >= _micros(start),
            events.occurred_us < _micros(end),
        )
        with self._database.snapshot(tenant) as connection:
            rows = connection.execution_options(yield_per=_AT_ONCE).execute(chosen)
            for row in rows:
                yield AgentEvent(*row)

    @again
    def segments(self, tenant: TenantId, lead_ids: Sequence[str]) -> Mapping[str, str]:
        """Return lead id to category, of those stored leads that have one."""
        found: dict[str, str] = {}
        with self._database.read(tenant) as connection:
            for part in in_parts([LeadId(lead_id) for lead_id in lead_ids]):
                rows = connection.execute(
                    select(leads.c.lead_id, leads.c.body).where(leads.c.tenant == tenant, among(leads.c.lead_id, part))
                )
                found |= {row.lead_id: str(json.loads(row.body).get("category", "")) for row in rows}
        return {lead_id: category for lead_id, category in found.items() if category}


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
