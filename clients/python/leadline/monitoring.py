"""Whether what is served is still what was learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from leadline.model import Metric
from leadline.score import Interval


class DriftBaseline(Enum):
    """What a distribution is compared with."""

    TRAINING = "training"
    LAST_WEEK = "last_week"
    UNKNOWN = "unknown"
    """Something newer than this client."""


class AlertSeverity(Enum):
    """How bad an alert is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftFinding:
    """How one feature, or the score, has moved."""

    name: str
    group: str
    baseline: DriftBaseline
    psi: float
    """Population stability index, without the part that chance explains."""
    ks: float
    js: float
    p_value: float
    missing_rate: float
    baseline_missing_rate: float
    drifted: bool
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationFinding:
    """How well probabilities hold."""

    observed_over_expected: float
    interval: Interval | None
    sample_count: int
    drifted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreBin:
    """One stretch of scores."""

    lower: float
    upper: float
    share: float
    baseline_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """What one check found."""

    version: str
    report_time: datetime | None
    start_time: datetime | None
    end_time: datetime | None
    row_count: int
    features: tuple[DriftFinding, ...]
    """The most drifted first."""
    score: DriftFinding | None
    expected_metrics: tuple[Metric, ...]
    calibration: CalibrationFinding | None
    score_bins: tuple[ScoreBin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftAnswer:
    """The newest report and those before it."""

    report: DriftReport | None
    history: tuple[DriftReport, ...]
    """Oldest first, without features."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A trouble that was seen."""

    alert_id: str
    kind: str
    version: str
    cause: str
    severity: AlertSeverity
    message: str
    features: tuple[str, ...]
    direction: str
    evidence: Mapping[str, str]
    suggestion: str
    open_time: datetime | None
    update_time: datetime | None
    recover_time: datetime | None
    """When it was over; None while it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowReport:
    """The challenger in the shadow beside what was served."""

    shadow_version: str
    """Empty if there is none."""
    active_version: str
    reason: str
    start_time: datetime | None
    sample_count: int
    rank_correlation: float | None
    decision_flip_rate: float
    decision_flip_interval: Interval | None
    mean_difference: float
    score_psi: float
    shadow_metrics: tuple[Metric, ...]
    active_metrics: tuple[Metric, ...]
    median_latency: timedelta
    p99_latency: timedelta
    dropped_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineLearner:
    """What the online learner has learned and whether it may move scores."""

    update_count: int
    version: str
    snapshot: str
    bound_points: float
    proven: bool
    e_value: float
    log_loss: float | None
    version_log_loss: float | None
    update_time: datetime | None
