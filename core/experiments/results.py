"""What is known of an experiment at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.experiments.experiment import MetricKind, MetricRole
from core.identifiers import VersionName


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A closed interval with its nominal level."""

    lower: float
    upper: float
    level: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainRule:
    """At least 100 units in each arm, p below 0.05, and an observed effect of ``min_effect``."""

    enough_units: bool
    significant: bool
    large_enough: bool

    @property
    def met(self) -> bool:
        """Whether all hold."""
        return self.enough_units and self.significant and self.large_enough


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedHorizon:
    """As if there were one look, now."""

    statistic: float
    p_value: float
    adjusted_p_value: float
    interval: Range
    textbook_interval: Range | None = None
    plain_rule: PlainRule | None = None
    """Of proportions only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look of the planned-horizon test at one treatment's conversion."""

    number: int
    """From 1."""
    look_time: datetime
    treatment: str
    information: float
    """Share of the horizon, in (0, 1]."""
    treatment_units: int
    control_units: int
    difference: float
    interval: Range
    """Valid over all looks together."""
    statistic: float
    boundary: float
    alpha_spent: float

    @property
    def crossed(self) -> bool:
        """Whether the statistic exceeds the boundary."""
        return abs(self.statistic) >= self.boundary


@dataclass(frozen=True, slots=True, kw_only=True)
class AlwaysValid:
    """Valid at every moment."""

    interval: Range
    p_value: float
    """The smallest ever seen."""

    @property
    def excludes_zero(self) -> bool:
        """Whether there is an effect, beyond doubt."""
        return self.interval.lower > 0.0 or self.interval.upper < 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bayesian:
    """With a uniform prior."""

    probability_better: float
    expected_loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """With the score before exposure taken out."""

    difference: float
    interval: Range
    p_value: float
    variance_reduction: float


class GuardrailState(StrEnum):
    """Where a guardrail stands."""

    HOLDS = "holds"
    VIOLATED = "violated"
    NOT_YET_KNOWN = "not_yet_known"


@dataclass(frozen=True, slots=True, kw_only=True)
class NonInferiority:
    """Whether a guardrail holds."""

    margin: float
    """Least difference that is tolerated, < 0."""
    p_value: float
    lower: float
    state: GuardrailState


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A treatment beside the control, on one metric. Differences are treatment less control."""

    treatment: str
    control: str
    metric: MetricKind
    role: MetricRole
    treatment_value: float
    control_value: float
    difference: float
    relative_difference: float | None
    fixed_horizon: FixedHorizon
    look: Look | None = None
    """The newest; of conversion in a planned experiment only."""
    crossed: bool = False
    """Whether any look crossed its boundary."""
    always_valid: AlwaysValid | None = None
    bayesian: Bayesian | None = None
    adjusted: Adjusted | None = None
    non_inferiority: NonInferiority | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantResult:
    """What is known of one variant."""

    variant: str
    model_version: VersionName
    is_control: bool
    share: float
    """Now; in a bandit it moves."""
    units: int
    converted: int
    conversion_rate: float
    conversion_range: Range
    """Wilson's."""
    mean_score: float | None
    leads: int
    contact_successes: int
    conversion_value: float
    probability_best: float


class TrustStatus(StrEnum):
    """What a check found."""

    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustCheck:
    """One thing that could make the result wrong."""

    name: str
    """SAMPLE_RATIO, ZERO_ARM_LEAK, CROSSOVER, EARLY_CONVERSIONS, SIMILAR_UNITS, NOVELTY or FALLBACK_ANSWERS."""
    status: TrustStatus
    message: str
    evidence: Mapping[str, str] = field(default_factory=dict)


class RecommendationCode(StrEnum):
    """What to do."""

    KEEP_RUNNING = "keep_running"
    SHIP_TREATMENT = "ship_treatment"
    KEEP_CONTROL = "keep_control"
    NO_DIFFERENCE = "no_difference"
    FIX_ALLOCATION = "fix_allocation"
    UNDERPOWERED = "underpowered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """What to do, and why."""

    code: RecommendationCode
    sentence: str
    variant: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an experiment is."""

    units: int
    horizon_units: int
    """0 without a plan."""
    information: float
    """Share of the horizon, in [0, 1]; 0 without a plan."""
    units_per_day: float
    days_left: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentResults:
    """Everything."""

    result_time: datetime
    variants: tuple[VariantResult, ...]
    """The control first."""
    comparisons: tuple[Comparison, ...]
    trust_checks: tuple[TrustCheck, ...]
    recommendation: Recommendation
    looks: tuple[Look, ...]
    """Oldest first."""
    progress: Progress
