"""What was done before, put in order for the rules that look back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.actions.action import ContactCap
from core.actions.history import Contact, ContactHistory
from core.actions.outcome import ActionOutcome
from core.actions.ready import ReadyCatalog
from core.identifiers import LeadId, TenantId

_Times = Sequence[datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What was done, as of one moment. Times are ascending."""

    now: datetime
    by_action: Mapping[str, Sequence[Contact]] = field(default_factory=dict)
    """Every contact of the lead, also those that were not taken."""
    action_times: Mapping[str, _Times] = field(default_factory=dict)
    """When the lead was contacted."""
    group_last: Mapping[str, datetime] = field(default_factory=dict)
    channel_last: Mapping[str, datetime] = field(default_factory=dict)
    lead_times: _Times = ()
    """All contacts of the lead."""
    rejected: frozenset[str] = frozenset()
    agent_action_times: Mapping[str, _Times] = field(default_factory=dict)
    agent_times: _Times = ()
    """All contacts of the agent."""
    day_counts: Mapping[str, int] = field(default_factory=dict)


def read_past(  # noqa: PLR0917  one look back, all of its parts
    history: ContactHistory, ready: ReadyCatalog, tenant: TenantId, lead_id: LeadId, agent_id: str, now: datetime
) -> Past:
    """Read what the rules of a catalogue look back at, and no more.

    Raises:
        DependencyDown: If it cannot be read: without it no rule can be kept.
    """
    contacts = history.of_lead(tenant, lead_id, now - ready.lead_window)
    agent: Mapping[str, _Times] = {}
    if agent_id and ready.agent_window:
        agent = history.agent_times(tenant, agent_id, now - ready.agent_window)
    counts: Mapping[str, int] = {}
    if ready.daily_capped:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        counts = history.day_counts(tenant, midnight, ready.daily_capped)
    return past_of(contacts, now, agent, counts)


def past_of(
    contacts: Sequence[Contact],
    now: datetime,
    agent: Mapping[str, _Times] | None = None,
    day_counts: Mapping[str, int] | None = None,
) -> Past:
    """Put contacts in order.

    Args:
        contacts: Of the lead.
        now: The moment of the decision, UTC.
        agent: When the agent took each action, ascending.
        day_counts: How often each action was taken this UTC day.
    """
    by_action: dict[str, list[Contact]] = defaultdict(list)
    taken: dict[str, list[datetime]] = defaultdict(list)
    groups: dict[str, datetime] = {}
    channels: dict[str, datetime] = {}
    rejected = set()
    for contact in sorted(contacts, key=_time_of):
        by_action[contact.action_id].append(contact)
        if contact.outcome is ActionOutcome.REJECTED:
            rejected.add(contact.action_id)
        elif contact.is_taken:
            taken[contact.action_id].append(contact.time)
            groups[contact.group] = channels[contact.channel] = contact.time
    agent = agent or {}
    return Past(
        now=now,
        by_action=by_action,
        action_times=taken,
        group_last=groups,
        channel_last=channels,
        lead_times=sorted(time for times in taken.values() for time in times),
        rejected=frozenset(rejected),
        agent_action_times=agent,
        agent_times=sorted(time for times in agent.values() for time in times),
        day_counts=day_counts or {},
    )


def rest_ends(last: datetime | None, rest: timedelta, now: datetime) -> datetime | None:
    """Return when a rest after ``last`` ends, None if it is over, or nothing was done."""
    if last is None or not rest or now - last >= rest:
        return None
    return last + rest


def cap_ends(cap: ContactCap | None, times: _Times, now: datetime) -> datetime | None:
    """Return when a cap lets the next contact through, None if it does now."""
    if cap is None or len(times) < cap.count:
        return None
    # Full while the count-th newest is within the window.
    return rest_ends(times[-cap.count], cap.window, now)


def _time_of(contact: Contact) -> datetime:
    return contact.time
