"""The use case behind AssessHealth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from core.behavior.live import LeadBehavior
from core.behavior.recording import microseconds_of
from core.caller import Caller
from core.conversation.facts_store import ConversationFacts, facts_at
from core.criteria.facts import Facts, FactValue
from core.errors import DeadlineSpent, DependencyDown, NotFound
from core.features.streams.declaration import Value
from core.health.health import LeadHealth
from core.health.judging import BASE, Judgement, judge
from core.health.knowledge import Knowledge, lead_facts
from core.health.standing import Standing, advance, is_due, trend
from core.health.standing_store import NewReading, StandingReader
from core.health.unwritten import Unwritten, with_readings
from core.identifiers import LeadId, TenantId, check_identifier
from core.lead import Lead
from core.ports import Clock
from core.resilience.patience import tightened
from core.scoring.lead_behavior import BEHAVIOR_UNKNOWN
from core.scoring.result import LeadScore, ScoreSource, ScoreWarning
from core.scoring.stored_leads import KnownLead

_T = TypeVar("_T")
LONGEST_READ = timedelta(milliseconds=500)
"""For what an assessment can go without."""
LONGEST_LOOK = timedelta(milliseconds=100)
"""At what a stored lead did, where that is not in memory; after that it is assessed without."""
CONVERSATIONS_UNKNOWN = ScoreWarning(
    code="CONVERSATIONS_UNKNOWN",
    message="What the lead said cannot be looked up now; it was assessed as a lead without conversations.",
)
LEVEL_UNKNOWN = ScoreWarning(
    code="LEVEL_UNKNOWN",
    message="The level before cannot be looked up now; this one follows from the health alone, and there is no trend.",
)


class ScoresLeads(Protocol):
    """Scores leads. :class:`core.scoring.scorer.Scorer` is one."""

    def known(self, caller: Caller, lead: Lead) -> KnownLead:
        """Return the stored lead of a bare id."""

    def score_known(self, caller: Caller, known: KnownLead, *, limit: int = 0) -> LeadScore:
        """Score a lead that was looked up."""


class ReadsBehavior(Protocol):
    """Says what leads did. :class:`core.behavior.live.LiveLeads` is one."""

    def get(self, tenant: TenantId, lead_id: LeadId, moment_us: int) -> LeadBehavior:
        """Return the features of a lead."""

    def try_get(self, tenant: TenantId, lead_id: LeadId, moment_us: int, *, within: timedelta) -> LeadBehavior | None:
        """Return the features of a lead; None if they cannot be had within a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """How a lead is, and what is known of it for criteria: the fields of :data:`core.health.fields.ALL_FIELDS`."""

    health: LeadHealth
    facts: Facts


class HealthDesk:
    """Says how leads are.

    Args:
        scorer: Scores leads; best one that shows its answers to nobody and logs none.
        behavior: What leads did.
        conversations: What they said.
        standings: Where they stood.
        offer: Takes a reading to be stored; must return at once.
        unwritten: Readings on their way to the store.
        clock: The present moment.
    """

    def __init__(  # noqa: PLR0917  built once, in the composition root
        self,
        scorer: ScoresLeads,
        behavior: ReadsBehavior,
        conversations: ConversationFacts,
        standings: StandingReader,
        offer: Callable[[NewReading], object],
        unwritten: Unwritten,
        clock: Clock,
    ) -> None:
        self._scorer = scorer
        self._behavior = behavior
        self._conversations = conversations
        self._standings = standings
        self._offer = offer
        self._unwritten = unwritten
        self._clock = clock

    def assess(self, caller: Caller, lead_id: str) -> Assessed:
        """Say how a lead is.

        Raises:
            InvalidInput: If the id is malformed.
            NotFound: If the lead is neither stored nor has events, or the caller is a seller and it is not its own.
            DependencyDown: If it cannot be told whether there is such a lead.
        """
        lead = LeadId(check_identifier(lead_id, "lead_id"))
        known, warnings = self._knowledge(caller, lead)
        judgement = judge(known)
        reading = NewReading(tenant=caller.tenant, lead_id=lead, score=judgement.score, read_time=known.moment)
        standing, is_known = self._standing(reading, is_whole=_GAPS.isdisjoint(one.code for one in warnings))
        health = _health(known, judgement, standing, (*warnings, *(() if is_known else (LEVEL_UNKNOWN,))))
        return Assessed(health=health, facts={**lead_facts(known), **known.analysis, **health_facts(health)})

    def _knowledge(self, caller: Caller, lead_id: LeadId) -> tuple[Knowledge, list[ScoreWarning]]:
        tenant, moment = caller.tenant, self._clock()
        record = self._record(caller, lead_id)
        done = self._done(tenant, lead_id, moment, must_be_known=record is None)
        if record is None and done is not None and not done.event_count:
            raise NotFound("lead", lead_id)
        warnings = [] if done is not None else [BEHAVIOR_UNKNOWN]
        score = None if record is None else self._scorer.score_known(caller, record, limit=0)
        stored, warning = _or_none(lambda: self._conversations.of_lead(tenant, lead_id), CONVERSATIONS_UNKNOWN)
        warnings += [*warning, *(() if score is None else score.warnings)]
        known = Knowledge(
            lead_id=lead_id,
            moment=moment,
            lead=None if record is None else record.lead,
            score=score,
            behavior=_NO_BEHAVIOR if done is None else done.values,
            analysis=facts_at(stored or (), moment),
            conversation_count=len(stored or ()),
            analysed_time=max((one.update_time for one in stored or ()), default=None),
        )
        return known, list(dict.fromkeys(warnings))

    def _record(self, caller: Caller, lead_id: LeadId) -> KnownLead | None:
        """Return the stored lead; a seller has no others."""
        try:
            return self._scorer.known(caller, Lead(lead_id=lead_id))
        except NotFound:
            if caller.owner_id:
                raise
            return None

    def _done(self, tenant: TenantId, lead_id: LeadId, moment: datetime, *, must_be_known: bool) -> LeadBehavior | None:
        moment_us = microseconds_of(moment)
        if must_be_known:
            return self._behavior.get(tenant, lead_id, moment_us)
        return self._behavior.try_get(tenant, lead_id, moment_us, within=LONGEST_LOOK)

    def _standing(self, reading: NewReading, *, is_whole: bool) -> tuple[Standing, bool]:
        """Return where the lead stands now, and whether it is known where it stood; have it stored where due.

        A reading of a part of what there is to know, because the rest cannot be had now, moves nothing.
        """
        tenant, lead_id, score, moment = reading.tenant, reading.lead_id, reading.score, reading.read_time
        waiting = self._unwritten.of(tenant, lead_id)
        try:
            with tightened(LONGEST_READ):
                before = with_readings(self._standings.get(tenant, lead_id), waiting)
        except (DependencyDown, DeadlineSpent):
            return advance(None, score, moment), False
        if not is_whole:
            return before or advance(None, score, moment), True
        after = advance(before, score, moment)
        if is_due(before, after):
            self._unwritten.add(reading)
            self._offer(reading)
        return after, True


_GAPS = frozenset({BEHAVIOR_UNKNOWN.code, CONVERSATIONS_UNKNOWN.code, "MODEL_FAILED"})
"""Warnings of what is missing for the moment only: with it the level would go down and come up again."""
_NO_BEHAVIOR: Mapping[str, Value] = {}


def health_facts(health: LeadHealth) -> dict[str, FactValue]:
    """Return the ``health.*`` facts; what is not known is left out."""
    facts: dict[str, FactValue] = {
        "health.score": health.health_score,
        "health.level": health.level.value,
        "health.momentum": health.momentum.value,
        "health.engagement": health.engagement_score,
        "health.qualification": health.qualification.score,
        "health.missing": tuple(criterion.value for criterion in health.qualification.missing),
        "health.cold_risk": health.cold_risk,
        "health.confidence": health.confidence,
    }
    if health.conversion_probability is not None:
        facts["health.conversion_probability"] = health.conversion_probability
    if health.trend_points_per_week is not None:
        facts["health.trend"] = health.trend_points_per_week
    return facts


def _health(
    known: Knowledge, judgement: Judgement, standing: Standing, warnings: tuple[ScoreWarning, ...]
) -> LeadHealth:
    score = known.score
    return LeadHealth(
        lead_id=known.lead_id,
        health_score=judgement.score,
        base_points=BASE,
        reasons=judgement.reasons,
        level=standing.level,
        level_time=standing.level_time,
        level_changes=standing.changes,
        momentum=judgement.momentum,
        engagement_score=judgement.engagement_score,
        qualification=judgement.qualification,
        conversion_probability=None if score is None else score.probability,
        conversion_interval=None if score is None else score.interval,
        model_version=score.model_version if score is not None and score.source is ScoreSource.MODEL else "",
        cold_risk=judgement.cold_risk,
        trend_points_per_week=trend(standing),
        confidence=judgement.confidence,
        conversation_count=known.conversation_count,
        assess_time=known.moment,
        warnings=warnings,
    )


def _or_none(read: Callable[[], _T], warning: ScoreWarning) -> tuple[_T | None, tuple[ScoreWarning, ...]]:
    try:
        with tightened(LONGEST_READ):
            return read(), ()
    except (DependencyDown, DeadlineSpent):
        return None, (warning,)
