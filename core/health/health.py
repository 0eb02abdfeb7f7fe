"""How a lead is: the answer of an assessment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.conversation.kinds import Momentum
from core.scoring.result import ProbabilityInterval, ScoreWarning


class LeadLevel(StrEnum):
    """How far a lead has come, lowest first."""

    COLD_LEAD = "cold_lead"
    WARMING_UP = "warming_up"
    ENGAGED = "engaged"
    HIGHLY_QUALIFIED = "highly_qualified"
    READY_TO_CLOSE = "ready_to_close"
    HOT_OPPORTUNITY = "hot_opportunity"


class QualificationCriterion(StrEnum):
    """The four questions of qualification, the most useful to ask first."""

    BUDGET = "budget"
    AUTHORITY = "authority"
    NEED = "need"
    TIMELINE = "timeline"


class HealthComponent(StrEnum):
    """What a reason speaks of."""

    CONVERSION = "conversion"
    ENGAGEMENT = "engagement"
    QUALIFICATION = "qualification"
    MOMENTUM = "momentum"
    SENTIMENT = "sentiment"
    OBJECTIONS = "objections"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReason:
    """What adds to or takes from the health."""

    text: str
    points: float
    """Signed, of the 0-100 health; never 0."""
    component: HealthComponent


@dataclass(frozen=True, slots=True, kw_only=True)
class QualificationPart:
    """What is known of one question."""

    criterion: QualificationCriterion
    score: float | None = None
    """0 (against it) to 1 (met), 0.5 speaks neither way; None where nothing is known."""
    text: str = ""
    """In words; empty where nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualification:
    """How qualified a lead is."""

    score: float
    """0 to 1: the mean over the four questions; what is missing counts 0."""
    parts: tuple[QualificationPart, ...]
    """All four, in the order of :class:`QualificationCriterion`."""

    @property
    def missing(self) -> tuple[QualificationCriterion, ...]:
        """What to ask for, the most useful first."""
        return tuple(part.criterion for part in self.parts if part.score is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelChange:
    """A change of level."""

    from_level: LeadLevel
    to_level: LeadLevel
    change_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadHealth:
    """How a lead is: ``base_points`` plus the points of all reasons is ``health_score`` within 1e-6."""

    lead_id: str
    health_score: float
    """0 to 100."""
    base_points: float
    """What a lead has of which nothing is known."""
    reasons: tuple[HealthReason, ...]
    """By their size, largest first."""
    level: LeadLevel
    level_time: datetime
    """Since when."""
    level_changes: tuple[LevelChange, ...] = ()
    """Newest first, at most 10."""
    momentum: Momentum
    engagement_score: float
    """0 to 100."""
    qualification: Qualification
    conversion_probability: float | None = None
    """None where the lead has no record."""
    conversion_interval: ProbabilityInterval | None = None
    model_version: str = ""
    """Of the conversion probability; "" where no model said it."""
    cold_risk: float
    """Probability in [0, 1] that it goes cold."""
    trend_points_per_week: float | None = None
    """Slope of the readings of the last 14 days; None with less than two days of them."""
    confidence: float
    """How much there is to go by, 0 to 1."""
    conversation_count: int = 0
    assess_time: datetime
    warnings: tuple[ScoreWarning, ...] = ()
