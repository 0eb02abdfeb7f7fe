"""Random catalogues of actions, leads and what was done with them, to check rules on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from core.actions.action import Action, ActionCategory, ContactCap, ContextWeight, CoolDown
from core.actions.catalog import ActionCatalog
from core.actions.history import Contact
from core.actions.outcome import TAKEN, ActionOutcome
from core.actions.quiet_hours import QuietHours
from core.conversation.kinds import Momentum
from core.criteria.criterion import All, AnyOf, Comparison, Criterion, Not, Operator
from core.criteria.facts import Facts, FactValue
from core.health.health import LeadHealth, LeadLevel, Qualification

NOW = datetime(2026, 3, 28, 21, 30, tzinfo=UTC)
"""The evening before clocks change in Europe."""
CHANNELS = ("call", "email", "sms", "")
GROUPS = ("news", "offer", "meeting", "")
AGENTS = ("a1", "a2", "")
ZONES = ("Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "nowhere", "")
NUMBERS = ("analysis.urgency", "health.score", "lead.price", "lead.attributes.budget")
TEXTS = ("health.level", "lead.category", "lead.attributes.source")
FLAGS = ("analysis.is_urgent", "lead.has_phone", "lead.attributes.vip")
SEVERAL = ("analysis.intents", "health.missing")
WORDS = ("a", "b", "c")
_STEP = timedelta(minutes=15)
_ORDERS = (Operator.LESS, Operator.AT_MOST, Operator.GREATER, Operator.AT_LEAST)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadCase:
    """One lead, and what was done."""

    facts: Facts
    contacts: Sequence[Contact]
    """With it."""
    agent_id: str
    agent_contacts: Sequence[Contact]
    """Of the agent, with all leads."""
    day_counts: Mapping[str, int]
    now: datetime
    channels: frozenset[str]
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseHistory:
    """What was done, for one case. Implements :class:`core.actions.history.ContactHistory`."""

    case: LeadCase

    def of_lead(self, tenant, lead_id, since) -> Sequence[Contact]:
        wanted = [one for one in self.case.contacts if one.time >= since or one.outcome is ActionOutcome.REJECTED]
        return sorted(wanted, key=lambda one: one.time)

    def agent_times(self, tenant, agent_id, since) -> Mapping[str, Sequence[datetime]]:
        times: dict[str, list[datetime]] = {}
        for one in sorted(self.case.agent_contacts, key=lambda one: one.time):
            if one.time >= since and one.outcome in TAKEN:
                times.setdefault(one.action_id, []).append(one.time)
        return times

    def day_counts(self, tenant, day_start, action_ids=None) -> Mapping[str, int]:
        return self.case.day_counts


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAssessed:
    """What is known of a case's lead."""

    health: LeadHealth
    facts: Facts


def assessed(case: LeadCase) -> CaseAssessed:
    health = LeadHealth(
        lead_id="l1",
        health_score=50.0,
        base_points=50.0,
        reasons=(),
        level=LeadLevel.ENGAGED,
        level_time=case.now,
        momentum=Momentum.UNKNOWN,
        engagement_score=0.0,
        qualification=Qualification(score=0.0, parts=()),
        cold_risk=0.0,
        confidence=0.5,
        assess_time=case.now,
    )
    return CaseAssessed(health=health, facts=case.facts)


def make_criterion(random: Random, depth: int = 3) -> Criterion:
    kind = random.random()
    if depth > 1 and kind < 0.25:
        return All(tuple(make_criterion(random, depth - 1) for _ in range(random.randint(1, 3))))
    if depth > 1 and kind < 0.5:
        return AnyOf(tuple(make_criterion(random, depth - 1) for _ in range(random.randint(1, 3))))
    if depth > 1 and kind < 0.6:
        return Not(make_criterion(random, depth - 1))
    return make_comparison(random)


def make_comparison(random: Random) -> Comparison:
    field = random.choice((*NUMBERS, *TEXTS, *FLAGS, *SEVERAL))
    if random.random() < 0.1:
        return Comparison(field=field, operator=Operator.KNOWN)
    if field in SEVERAL:
        return Comparison(field=field, operator=Operator.CONTAINS, value=random.choice(WORDS))
    if field in TEXTS and random.random() < 0.5:
        texts = tuple(random.sample(WORDS, random.randint(1, 2)))
        return Comparison(field=field, operator=Operator.ONE_OF, texts=texts)
    if field in NUMBERS and random.random() < 0.8:
        return Comparison(field=field, operator=random.choice(_ORDERS), value=float(random.randint(0, 4)))
    operator = random.choice((Operator.EQUAL, Operator.NOT_EQUAL))
    return Comparison(field=field, operator=operator, value=make_fact(random, field))


def make_fact(random: Random, field: str) -> FactValue:
    if field in NUMBERS:
        return float(random.randint(0, 4))
    if field in FLAGS:
        return random.random() < 0.5
    if field in SEVERAL:
        return tuple(random.sample(WORDS, random.randint(1, 3)))
    return random.choice(WORDS)


def make_action(random: Random, place: int, count: int) -> Action:
    channel, group = random.choice(CHANNELS), random.choice(GROUPS)
    others = sorted({f"action-{random.randrange(count)}" for _ in range(random.choice((0, 0, 0, 1, 2)))})
    excluded = tuple(other for other in others if other != f"action-{place}")
    return Action(
        action_id=f"action-{place}",
        title=f"Action {place}",
        category=random.choice(tuple(ActionCategory)),
        group=group,
        channel=channel,
        eligibility=make_criterion(random) if random.random() < 0.6 else None,
        start_time=_maybe(random, 0.1, lambda: NOW + random.randint(-8, 7) * timedelta(hours=6)),
        end_time=_maybe(random, 0.1, lambda: NOW + timedelta(days=random.randint(2, 9))),
        cool_down=CoolDown(
            action=random.choice((0, 0, 1, 30)) * timedelta(days=1),
            group=random.choice((0, 0, 0, 4)) * timedelta(hours=6),
            channel=random.choice((0, 0, 0, 2)) * timedelta(hours=6),
        ),
        lead_cap=_maybe(random, 0.2, lambda: make_cap(random)),
        agent_cap=_maybe(random, 0.2, lambda: make_cap(random)),
        daily_cap=random.choice((0, 0, 0, 2, 5)),
        excluded_action_ids=excluded,
        exclusion_window=random.choice((0, 3)) * timedelta(days=1) if excluded else timedelta(0),
        needs_consent=bool(channel) and random.random() < 0.3,
        value=random.choice((0.0, 10.0, 250.0)),
        cost=random.choice((0.0, 0.0, 3.0)),
        lever=random.choice((1.0, 1.0, 0.3, 7.1)),
        priority=float(random.randint(0, 100)),
        context_weights=tuple(
            ContextWeight(
                criterion=make_criterion(random, 2), percent=random.choice((-90.0, -7.3, 55.0, 900.0)), reason="w"
            )
            for _ in range(random.choice((0, 0, 1, 3)))
        ),
    )


def make_cap(random: Random) -> ContactCap:
    return ContactCap(count=random.randint(1, 4), window=random.randint(1, 60) * timedelta(hours=12))


def make_catalog(random: Random, count: int, *, exploration: float = 0.0) -> ActionCatalog:
    hours = (
        QuietHours(start_minute=21 * 60, end_minute=8 * 60),
        QuietHours(channel="call", start_minute=12 * 60, end_minute=13 * 60 + 30, quiet_weekdays=frozenset([6, 7])),
        QuietHours(channel="call", start_minute=20 * 60, end_minute=7 * 60),
    )
    return ActionCatalog(
        actions=tuple(make_action(random, place, count) for place in range(count)),
        quiet_hours=hours[: random.randint(0, 3)],
        default_time_zone=random.choice(("UTC", "Asia/Tokyo")),
        lead_cap=_maybe(random, 0.3, lambda: ContactCap(count=random.randint(5, 30), window=timedelta(days=7))),
        agent_cap=_maybe(random, 0.3, lambda: ContactCap(count=random.randint(5, 30), window=timedelta(days=7))),
        exploration=exploration,
    )


def make_case(random: Random, count: int) -> LeadCase:
    facts: dict[str, FactValue] = {
        field: make_fact(random, field) for field in (*NUMBERS, *TEXTS, *FLAGS, *SEVERAL) if random.random() < 0.8
    }
    facts |= {f"lead.attributes.consent_{one}": random.random() < 0.7 for one in ("call", "email", "sms")}
    zone = random.choice(ZONES)
    if zone:
        facts["lead.attributes.time_zone"] = zone
    moved = timedelta(minutes=random.choice((0, 0, -1, 1)), seconds=random.choice((0, 0, 17)))
    now = NOW + random.randint(0, 7 * 24 * 4) * _STEP + moved
    contacts = [make_contact(random, count, now) for _ in range(random.choice((0, 3, 12, 40)))]
    agent_id = random.choice(AGENTS)
    agent_contacts = [
        replace(make_contact(random, count, now), agent_id=agent_id) for _ in range(random.choice((0, 30)))
    ]
    return LeadCase(
        facts=facts,
        contacts=contacts,
        agent_id=agent_id,
        agent_contacts=agent_contacts if agent_id else [],
        day_counts={f"action-{random.randrange(count)}": random.randint(1, 6) for _ in range(random.choice((0, 20)))},
        now=now,
        channels=frozenset(random.sample(("call", "email", "sms"), 2)) if random.random() < 0.1 else frozenset(),
        limit=random.choice((1, 3, 25)),
    )


def make_contact(random: Random, count: int, now: datetime) -> Contact:
    weights = (6, 1, 2, 2, 2)
    outcome = random.choices(tuple(ActionOutcome), weights)[0]
    return Contact(
        action_id=f"action-{random.randrange(count)}",
        group=random.choice(GROUPS),
        channel=random.choice(CHANNELS),
        agent_id=random.choice(AGENTS),
        outcome=outcome,
        time=now - random.choice((1, 4, 4 * 24)) * random.randint(0, 40) * _STEP,
    )


def _maybe(random: Random, share: float, make):
    return make() if random.random() < share else None
