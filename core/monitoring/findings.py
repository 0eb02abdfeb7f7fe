"""What a drift check finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.version import Metric


class Baseline(StrEnum):
    """What a distribution is compared with."""

    TRAINING = "training"
    LAST_WEEK = "last_week"


class Direction(StrEnum):
    """Which way something moved."""

    NONE = ""
    UP = "up"
    DOWN = "down"
    SPREAD = "spread"
    """Its middle stayed, its shape did not."""
    MISSING = "missing"
    """The share of missing values changed."""
    CONSTANT = "constant"
    """It has one value now and had several."""
    NEW_VALUES = "new_values"
    """Values outside the range of training."""


SCORE = "score"
"""Name of the score among the findings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftFinding:
    """How one feature, or the score, has moved against one baseline."""

    name: str
    group: str
    """Readable name of its group."""
    baseline: Baseline
    psi: float
    """Population stability index less what chance explains, >= 0."""
    ks: float
    """Largest difference of the cumulative shares over the bins, in [0, 1]."""
    js: float
    """Jensen-Shannon distance, base 2, in [0, 1]."""
    p_value: float
    """Of no change, over every test of the feature, before the correction for many features."""
    missing_rate: float
    baseline_missing_rate: float
    new_value_rate: float = 0.0
    """Share of known values outside the range of training, in [0, 1]."""
    drifted: bool
    """Real beyond chance, and large enough to matter."""
    direction: Direction
    """NONE unless it drifted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationFinding:
    """How well probabilities hold on outcomes that are known."""

    observed_over_expected: float
    lower: float
    upper: float
    level: float
    sample_count: int
    p_value: float
    drifted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreBin:
    """How many answers fell into one stretch of scores."""

    lower: float
    """In [0, 100]."""
    upper: float
    share: float
    baseline_share: float
    """In training."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """What one check found."""

    kind: str
    version: str
    report_time: datetime
    start_time: datetime
    """From when on answers were looked at."""
    end_time: datetime
    row_count: int
    """Answers that were looked at."""
    features: tuple[DriftFinding, ...]
    """Every feature against every baseline there is, the most drifted first."""
    score: DriftFinding | None
    """The baseline against which it drifted most."""
    expected_metrics: tuple[Metric, ...]
    calibration: CalibrationFinding | None
    score_bins: tuple[ScoreBin, ...] = ()
    full_check_time: datetime | None = None
    """When the newest check was made that tested at the full level; this one, if it is the report's own time."""
    stale: bool = False
    """Nothing was served in the window, although there was in the week before."""

    @property
    def is_full(self) -> bool:
        """Whether this check tested at the full level."""
        return self.full_check_time == self.report_time

    @property
    def drifted_features(self) -> tuple[str, ...]:
        """Names of the features that drifted, the most drifted first, each once."""
        return tuple(dict.fromkeys(finding.name for finding in self.features if finding.drifted))

    @property
    def score_drifted(self) -> bool:
        """Whether the score drifted."""
        return self.score is not None and self.score.drifted

    @property
    def message(self) -> str:
        """A sentence for a person."""
        parts = []
        if self.drifted_features:
            parts.append(f"{len(self.drifted_features)} features drifted: {named(self.drifted_features)}")
        if self.score is not None and self.score.drifted:
            parts.append(f"the score drifted ({self.score.direction})")
        return "; ".join(parts) or "nothing drifted"


MOST_NAMED = 5
"""Features named in a sentence; the rest is counted."""


def named(features: tuple[str, ...]) -> str:
    """Return the first names of features, and how many more there are."""
    more = len(features) - MOST_NAMED
    return ", ".join(features[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
