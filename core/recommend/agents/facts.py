"""What became of the leads of agents: one row a lead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from core.event import EventKind
from core.identifiers import TenantId
from core.recommend.catalog_view import folded

ASKING = frozenset(
    {
        EventKind.INQUIRY_SENT.value,
        EventKind.MESSAGE_SENT.value,
        EventKind.VIEWING_SCHEDULED.value,
        EventKind.BOOKING_REQUESTED.value,
    }
)
"""What a lead does that waits for an agent."""
CONTACT = EventKind.AGENT_CONTACTED.value
OUTCOME = EventKind.OUTCOME_RECORDED.value
RELEVANT = ASKING | {CONTACT, OUTCOME}
"""Kinds that facts are made of."""


class AgentEvent(NamedTuple):
    """What of an event matters here."""

    lead_id: str
    kind: str
    occurred_us: int
    event_id: str
    agent_id: str
    positive: bool | None
    item_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFacts:
    """One lead within the days that are looked at. It counts for one agent: the first to get in touch with it.

    Whoever takes a lead over later is judged by neither its delays nor its end; so no lead counts twice.
    """

    lead_id: str
    agent_id: str
    segment: str
    """Category of the lead, else the type of item it asked about most, without differences of case and spacing; ""
    where nothing is known."""
    was_reached: bool
    converted: bool | None
    """None: how it ended is not known."""
    response_minutes: float | None
    """From the first thing the lead asked to the first contact after it; None without an asking before a contact."""


class AgentFacts(Protocol):
    """Reads what facts are made of."""

    def events(self, tenant: TenantId, start: datetime, end: datetime) -> Iterable[AgentEvent]:
        """Return the events of kinds :data:`RELEVANT` that happened in [start, end), in any order."""

    def segments(self, tenant: TenantId, lead_ids: Sequence[str]) -> Mapping[str, str]:
        """Return lead id to category, of those stored leads that have one."""


@dataclass(slots=True)
class _Lead:
    asked_us: int | None = None
    agent_id: str = ""
    response_us: int | None = None
    was_reached: bool = False
    converted: bool | None = None
    types: Counter[str] = field(default_factory=Counter)


def lead_facts(events: Iterable[AgentEvent], segments: Mapping[str, str]) -> list[LeadFacts]:
    """Sum up events by lead; leads that no agent got in touch with are left out.

    Args:
        events: In any order.
        segments: Category of stored leads; without one a lead is of the type of item it asked about most.
    """
    leads: dict[str, _Lead] = {}
    for event in sorted(events, key=lambda e: (e.occurred_us, e.event_id)):
        _take(leads.setdefault(event.lead_id, _Lead()), event)
    return [
        LeadFacts(
            lead_id=lead_id,
            agent_id=lead.agent_id,
            segment=folded(segments.get(lead_id, "")) or _most(lead.types),
            was_reached=lead.was_reached,
            converted=lead.converted,
            response_minutes=None if lead.response_us is None else lead.response_us / 60e6,
        )
        for lead_id, lead in sorted(leads.items())
        if lead.agent_id
    ]


def _take(lead: _Lead, event: AgentEvent) -> None:
    if event.item_type:
        lead.types[folded(event.item_type)] += 1
    if event.kind in ASKING:
        if lead.asked_us is None:
            lead.asked_us = event.occurred_us
    elif event.kind == CONTACT:
        _contact(lead, event)
    elif event.kind == OUTCOME:
        lead.converted = bool(event.positive)


def _contact(lead: _Lead, event: AgentEvent) -> None:
    if not event.agent_id:
        # Nobody knows whose it was: it must not count for whoever comes next.
        return
    if not lead.agent_id:
        lead.agent_id = event.agent_id
        if lead.asked_us is not None:
            lead.response_us = event.occurred_us - lead.asked_us
    if event.agent_id == lead.agent_id and event.positive:
        lead.was_reached = True


def _most(types: Counter[str]) -> str:
    return min(types, key=lambda name: (-types[name], name)) if types else ""
