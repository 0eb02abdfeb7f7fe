"""Scores and their reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from leadline.errors import LeadlineError


class ScoreSource(Enum):
    """What kind of scorer answered."""

    MODEL = "model"
    BASELINE = "baseline"
    """Conversion tables over the outcomes recorded so far."""
    RULES = "rules"
    """A checklist; no outcome is known yet."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


class FeatureGroup(Enum):
    """The family a reason belongs to."""

    TEXT = "text"
    TIME = "time"
    LOCATION = "location"
    CATEGORY = "category"
    HISTORY = "history"
    ATTRIBUTE = "attribute"
    BEHAVIOR = "behavior"
    """What the lead did: its events."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


class IntervalMethod(Enum):
    """How an interval was made."""

    VENN_ABERS = "venn_abers"
    CREDIBLE = "credible"
    VACUOUS = "vacuous"
    BOOTSTRAP = "bootstrap"
    WILSON = "wilson"
    MODEL = "model"
    NEWCOMBE = "newcombe"
    WALD = "wald"
    """As in textbooks: too narrow for few or rare conversions."""
    WELCH = "welch"
    REPEATED = "repeated"
    """Of a sequential test with a planned horizon: valid over its looks together."""
    CONFIDENCE_SEQUENCE = "confidence_sequence"
    """Valid at all moments together."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A closed interval."""

    lower: float
    upper: float
    level: float
    """Nominal level in (0, 1); 0 where the method has none."""
    method: IntervalMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one property of the lead adds to or takes from its score."""

    feature: str
    """The property in words."""
    group: FeatureGroup
    points: float
    """Signed points on the 0-100 score."""
    value_text: str
    """The lead's value in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreWarning:
    """Something to know about an answer that is still valid."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How good a lead is, and why: ``base_points + sum of points + other_points = score``."""

    lead_id: str
    score: float
    """100 times the probability, in [0, 100]."""
    probability: float
    """Calibrated probability that the lead converts, in [0, 1]."""
    interval: Interval | None
    """Around the probability."""
    confidence: float
    """1 minus the width of the interval, in [0, 1]."""
    model_version: str
    source: ScoreSource
    base_points: float
    """The score of an average lead."""
    contributions: tuple[Contribution, ...]
    """Largest absolute points first."""
    other_points: float
    """Points of all that is not listed."""
    feature_importance: Mapping[str, float]
    """Share of each property, summing to 1; empty when no reasons were asked for."""
    score_time: datetime | None
    experiment: str
    """The experiment it was scored within; empty without one."""
    variant: str
    """The variant that scored it; empty if it takes no part, or if ``warnings`` says why there is none."""
    attribution_token: str
    """Signed; send it back with feedback so that it joins to what was shown."""
    warnings: tuple[ScoreWarning, ...]
    online_snapshot: str = ""
    """Snapshot of the online learner that moved the score within its bound; empty if none did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadError:
    """Why one lead of many could not be scored."""

    position: int
    """Place of the lead in what was given, from 0."""
    lead_id: str
    error: LeadlineError
