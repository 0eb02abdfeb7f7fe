"""What to do next for a lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from leadline.action import ActionCategory
from leadline.health import LeadHealth
from leadline.insight import UrgencyLevel
from leadline.score import Interval, ScoreWarning


class RankingBasis(Enum):
    """What an order rests on."""

    INCREMENTAL_VALUE = "incremental_value"
    """What each action adds."""
    PROPENSITY = "propensity"
    """How probable a conversion is after it."""
    PRIORITY = "priority"
    """The catalogue's priorities."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


class DropReason(Enum):
    """Why an action was left out; the first that was met, in this order."""

    NOT_VALID_NOW = "not_valid_now"
    NOT_ELIGIBLE = "not_eligible"
    NO_CONSENT = "no_consent"
    QUIET_HOURS = "quiet_hours"
    ACTION_COOL_DOWN = "action_cool_down"
    GROUP_COOL_DOWN = "group_cool_down"
    CHANNEL_COOL_DOWN = "channel_cool_down"
    LEAD_CAP = "lead_cap"
    AGENT_CAP = "agent_cap"
    DAILY_CAP = "daily_cap"
    EXCLUDED = "excluded"
    EXCLUDED_IN_ANSWER = "excluded_in_answer"
    REJECTED = "rejected"
    BELOW_LIMIT = "below_limit"
    NO_EXPECTED_VALUE = "no_expected_value"
    UNKNOWN = "unknown"
    """Something newer than this client."""


class ActionOutcome(Enum):
    """What became of an action."""

    ACCEPTED = "accepted"
    """It was taken."""
    REJECTED = "rejected"
    """Never again for this lead."""
    NOT_NOW = "not_now"
    """Not now; it comes back by and by."""
    CONVERTED = "converted"
    """It was taken and the lead converted."""
    NOT_CONVERTED = "not_converted"
    """It was taken and the lead did not convert, as is known now."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankTerm:
    """One factor of an action's rank."""

    name: str
    factor: float
    text: str
    """What it rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendedAction:
    """An action to take."""

    action_id: str
    title: str
    category: ActionCategory
    channel: str
    priority: int
    """Place in the order, from 1."""
    rank_score: float
    """The product of all factors of ``terms``, in their order, exactly."""
    terms: tuple[RankTerm, ...]
    basis: RankingBasis
    confidence: float
    """How sure it is that this is a good action, 0 to 1."""
    urgency: UrgencyLevel
    estimated_impact: float | None
    """Change of the probability to convert, or the probability itself where nothing compares; None without outcomes."""
    impact_interval: Interval | None
    evidence_count: int
    """Outcomes behind it."""
    due_time: datetime | None
    reasons: tuple[str, ...]
    """The weightiest first."""
    suggested_wording: str
    propensity: float
    """Probability with which it was put first."""
    action_token: str
    """Send it with the outcome."""
    is_explored: bool
    """Whether chance put it first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedAction:
    """An action that was left out."""

    action_id: str
    reason: DropReason
    text: str
    available_time: datetime | None
    """When the reason ends; None where it does not end by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextBestActions:
    """What to do next."""

    actions: tuple[RecommendedAction, ...]
    """The best first."""
    basis: RankingBasis
    dropped_actions: tuple[DroppedAction, ...]
    """Every other action of the catalogue, where that was asked for."""
    catalog_version: int
    """0: the built-in one."""
    model_version: str
    """Empty without a ranker."""
    health: LeadHealth | None
    """How the lead is."""
    experiment: str
    variant: str
    decide_time: datetime | None
    warnings: tuple[ScoreWarning, ...]
