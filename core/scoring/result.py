"""The answer for one lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class ScoreSource(Enum):
    """What kind of scorer answered."""

    MODEL = "model"
    BASELINE = "baseline"
    RULES = "rules"


class IntervalMethod(Enum):
    """How an interval was made."""

    VENN_ABERS = "venn_abers"
    CREDIBLE = "credible"
    VACUOUS = "vacuous"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbabilityInterval:
    """An interval around a probability, both ends in [0, 1]."""

    lower: float
    upper: float
    method: IntervalMethod
    level: float = 0.0
    """Nominal level in (0, 1); 0 where the method has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one property adds to or takes from the score, in points."""

    feature: str
    group: str
    """A value of :class:`core.features.declaration.FeatureGroup`."""
    points: float
    value_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreWarning:
    """Something the caller should know about an answer that is still valid."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadScore:
    """The score of one lead: ``score = 100 * probability`` and ``confidence = 1 - interval width``.

    ``base_points + sum of contribution points + other_points = score`` within 1e-6.
    """

    lead_id: str
    score: float
    probability: float
    interval: ProbabilityInterval
    confidence: float
    model_version: str
    source: ScoreSource
    base_points: float
    contributions: tuple[Contribution, ...]
    other_points: float
    feature_importance: Mapping[str, float]
    score_time: datetime
    attribution_token: str
    experiment: str = ""
    """Experiment it was scored within, "" if none."""
    variant: str = ""
    """Variant that answered, "" if none."""
    online_snapshot: str = ""
    """Snapshot of the online learner that had a say in it, "" if none had."""
    warnings: tuple[ScoreWarning, ...] = ()
