"""What is known of an experiment at a moment. Differences are treatment less control; testers are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from leadline.experiment import Experiment, MetricKind, MetricRole
from leadline.experiment_reading import (
    AdjustedReading,
    AlwaysValidReading,
    BayesianReading,
    FixedHorizonReading,
    NonInferiorityReading,
    SequentialReading,
)
from leadline.score import Interval


class TrustStatus(Enum):
    """What a trust check found."""

    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    """The result must not be used."""
    TOO_FEW = "too_few"
    """Too few units to say."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


class RecommendationCode(Enum):
    """What to do."""

    KEEP_RUNNING = "keep_running"
    SHIP_TREATMENT = "ship_treatment"
    KEEP_CONTROL = "keep_control"
    NO_DIFFERENCE = "no_difference"
    """The difference is smaller than what matters, beyond doubt."""
    FIX_ALLOCATION = "fix_allocation"
    """A trust check failed."""
    UNDERPOWERED = "underpowered"
    """It is over, and too few units were seen to say."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantResult:
    """What is known of one variant."""

    variant: str
    model_version: str
    is_control: bool
    traffic_percentage: float
    """Now, 0 to 100; in a bandit it moves."""
    unit_count: int
    """Units exposed."""
    converted_count: int
    """Units that converted after they were exposed."""
    conversion_rate: float
    """In [0, 1]; 0 without units."""
    conversion_interval: Interval | None
    mean_score: float | None
    """Of the units, 0 to 100; None where no unit was scored."""
    lead_count: int
    contact_success_count: int
    """Units with a successful contact."""
    conversion_value: float
    """Sum."""
    probability_best: float
    """Posterior chance to be the best at conversion, with a uniform prior."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A treatment beside the control, on one metric."""

    treatment: str
    control: str
    metric: MetricKind
    role: MetricRole
    treatment_value: float
    control_value: float
    difference: float
    relative_difference: float | None
    """Of the control's value; None where that is 0."""
    fixed_horizon: FixedHorizonReading | None
    sequential: SequentialReading | None
    """None without a plan, and before the first look."""
    always_valid: AlwaysValidReading | None
    bayesian: BayesianReading | None
    adjusted: AdjustedReading | None
    non_inferiority: NonInferiorityReading | None
    note: str
    """Why a reading is missing or to be read with care."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustCheck:
    """One thing that could make the result wrong."""

    name: str
    """SAMPLE_RATIO, ZERO_ARM_LEAK, CROSSOVER, EARLY_CONVERSIONS, SIMILAR_UNITS, NOVELTY or FALLBACK_ANSWERS."""
    status: TrustStatus
    message: str
    evidence: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """What to do, and why."""

    code: RecommendationCode
    sentence: str
    variant: str
    """The variant to ship, of SHIP_TREATMENT."""
    evidence: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentLook:
    """One look of the planned-horizon test at one treatment's conversion."""

    number: int
    """From 1."""
    look_time: datetime | None
    treatment: str
    information: float
    """Share of the horizon, in (0, 1]."""
    treatment_units: int
    control_units: int
    difference: float
    interval: Interval | None
    """Valid over all looks together."""
    statistic: float
    boundary: float
    alpha_spent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentProgress:
    """How far an experiment is."""

    unit_count: int
    """Units exposed."""
    horizon_units: int
    """0 without a plan."""
    information: float
    """Share of the horizon, in [0, 1]."""
    units_per_day: float
    """Over the last seven days at most."""
    days_left: float | None
    """Until the horizon; None without a plan or without units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentResults:
    """An experiment and everything that is known of it."""

    experiment: Experiment
    result_time: datetime | None
    recommendation: Recommendation
    variants: tuple[VariantResult, ...]
    """The control first."""
    comparisons: tuple[Comparison, ...]
    """One for each treatment and metric."""
    trust_checks: tuple[TrustCheck, ...]
    looks: tuple[ExperimentLook, ...]
    """Oldest first; empty without a plan."""
    progress: ExperimentProgress
