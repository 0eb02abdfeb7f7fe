"""What the newest analyses said of a lead: kept without its words but for places, for health and actions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.conversation.fading import BUYING_HALF_LIFE, URGENCY_HALF_LIFE, elapsed_since, faded, is_still
from core.conversation.kinds import BehavioralSignal, Momentum
from core.criteria.facts import Facts, FactValue
from core.identifiers import LeadId, TenantId

MOST_CONVERSATIONS = 20
"""Conversations of a lead that count: its newest ones."""
NEEDS = (
    "analysis.budget_lower",
    "analysis.budget_upper",
    "analysis.budget_currency",
    "analysis.bedrooms",
    "analysis.places",
    "analysis.is_pre_approved",
    "analysis.is_decision_maker",
)
"""What stays true when the talk goes on elsewhere: the newest conversation that knows it says it."""
_SUMS = ("analysis.message_count", "analysis.lead_message_count")
_FADING = (
    ("analysis.urgency", "analysis.is_urgent", URGENCY_HALF_LIFE),
    ("analysis.buying_intent", "analysis.is_buying", BUYING_HALF_LIFE),
)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFacts:
    """What the newest analysis of one conversation said."""

    lead_id: LeadId
    conversation_id: str
    message_count: int
    last_message_time: datetime | None
    """None where no message had a time."""
    facts: Facts
    """``analysis.*`` of :data:`core.conversation.fields.ANALYSIS_FIELDS` at the time of its last message: without what
    depends on the moment at which it is looked at."""
    update_time: datetime
    lead_message_time: datetime | None = None
    """When the lead wrote last."""
    deadline: datetime | None = None
    """By when the lead needs it."""
    quiet_from: datetime | None = None
    """From when on the lead, who was written to last, counts as gone quiet. None while it waits for an answer."""

    @property
    def recency(self) -> datetime:
        """What the newest conversation is told by."""
        return self.last_message_time or self.update_time


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFacts:
    """What an analysis said, on its way to the store."""

    tenant: TenantId
    stored: StoredFacts


class ConversationFacts(Protocol):
    """Reads what analyses said of leads."""

    def of_lead(self, tenant: TenantId, lead_id: LeadId) -> Sequence[StoredFacts]:
        """Return what was said of a lead's conversations, newest first, at most 20.

        Raises:
            DependencyDown: If it cannot be read.
        """


def facts_at(stored: Sequence[StoredFacts], moment: datetime) -> Facts:
    """Return the ``analysis.*`` facts of a lead at a moment.

    Counts are sums. Needs come from the newest conversation that knows them. Objections are those of all conversations
    that no newer one overcame. Everything else is of the newest conversation, as it is at the moment: urgency and
    buying intent fade (:mod:`core.conversation.fading`), times are times until then, and a lead that did not answer in
    time has gone quiet.

    Args:
        stored: Of one lead, in any order.
        moment: When it is looked at; conversations with later messages count as they are.

    Returns:
        Nothing where nothing is stored.
    """
    newest_first = sorted(stored, key=lambda one: (one.recency, one.update_time, one.conversation_id), reverse=True)
    if not newest_first:
        return {}
    newest = newest_first[0]
    facts: dict[str, FactValue] = dict(newest.facts)
    for name in _SUMS:
        facts[name] = sum(_number(one.facts.get(name)) for one in newest_first)
    for name in NEEDS:
        known = next((one.facts[name] for one in newest_first if name in one.facts), None)
        if known is not None:
            facts[name] = known
    facts.update(_objections(newest_first))
    facts.update(_faded(newest, moment))
    facts.update(_quiet(newest, moment))
    facts.update(_times(newest_first, moment))
    return facts


def _number(value: FactValue | None) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _texts(facts: Facts, name: str) -> tuple[str, ...]:
    value = facts.get(name)
    return value if isinstance(value, tuple) else ()


def _objections(newest_first: Sequence[StoredFacts]) -> Iterator[tuple[str, FactValue]]:
    """Yield what is open and what was overcome: the newest conversation that speaks of an objection decides."""
    is_open: dict[str, bool] = {}
    for one in newest_first:
        for name, still in (("analysis.objections", True), ("analysis.overcome_objections", False)):
            for objection in _texts(one.facts, name):
                is_open.setdefault(objection, still)
    yield "analysis.objections", tuple(name for name, still in is_open.items() if still)
    yield "analysis.overcome_objections", tuple(name for name, still in is_open.items() if not still)


def _faded(newest: StoredFacts, moment: datetime) -> Iterator[tuple[str, FactValue]]:
    elapsed = elapsed_since(newest.lead_message_time, moment)
    for number, flag, half_life in _FADING:
        if number in newest.facts:
            yield number, faded(_number(newest.facts[number]), elapsed, half_life)
        if flag in newest.facts:
            yield flag, newest.facts[flag] is True and is_still(elapsed, half_life)


def _quiet(newest: StoredFacts, moment: datetime) -> Iterator[tuple[str, FactValue]]:
    if newest.quiet_from is None or moment < newest.quiet_from:
        return
    signals = _texts(newest.facts, "analysis.signals")
    if BehavioralSignal.GOING_QUIET.value not in signals:
        signals = (*signals, BehavioralSignal.GOING_QUIET.value)
    yield "analysis.signals", signals
    yield "analysis.momentum", Momentum.DECLINING.value


def _times(newest_first: Sequence[StoredFacts], moment: datetime) -> Iterator[tuple[str, FactValue]]:
    last = elapsed_since(newest_first[0].last_message_time, moment)
    if last is not None:
        yield "analysis.hours_since_last_message", last / _HOUR
    lead_times = [one.lead_message_time for one in newest_first if one.lead_message_time is not None]
    if lead_times:
        yield "analysis.hours_since_lead_message", max(timedelta(), moment - max(lead_times)) / _HOUR
    deadline = next((one.deadline for one in newest_first if one.deadline is not None), None)
    # A day that has passed presses nobody any more.
    if deadline is not None and deadline >= moment:
        yield "analysis.deadline_days", (deadline - moment) / _DAY
