"""How long an experiment has to run, and what for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from leadline.score import Interval, ScoreWarning


class EffectScale(Enum):
    """Scale of an effect."""

    ABSOLUTE = "absolute"
    """Difference of rates: 0.02 is from 10 % to 12 %."""
    RELATIVE = "relative"
    """Difference as a share of the control's rate: 0.02 is from 10 % to 10.2 %."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentPlan:
    """The design of a test with a horizon. 0 means the server's default, or that it is to be worked out."""

    baseline_rate: float = 0.0
    """Rate of conversion of the control, in (0, 1). 0 for ``plan_experiment``: that of the tenant's own leads."""
    min_effect: float
    """Least effect to be found, above 0."""
    effect_scale: EffectScale = EffectScale.RELATIVE
    alpha: float = 0.0
    """Two-sided chance of a false alarm, in (0, 0.5). 0: 0.05."""
    power: float = 0.0
    """Chance to find the effect, in [0.5, 1). 0: 0.8."""
    look_count: int = 0
    """How often the sequential test may look, 1 to 100. 0: 20."""
    horizon_units: int = 0
    """Units of all variants together at which it ends, if it never stops before. 0: worked out."""
    units_per_day: float = 0.0
    """Units a day that are expected to take part. 0: not known."""
    days: float | None = None
    """Filled in by the server: days until the horizon; None where the traffic is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AaTest:
    """Experiments without an effect, played on the tenant's own leads with known ends."""

    runs: int
    lead_count: int
    """Leads in each run."""
    conversion_rate: float
    """Share of conversions among them, in [0, 1]."""
    false_positive_rate: float
    """Share of the runs in which the sequential test saw an effect at any look."""
    false_positive_interval: Interval | None
    peeking_false_positive_rate: float
    """The same of a plain z-test that is looked at as often."""
    sample_ratio_mismatch_rate: float
    """Share of the runs in which the check for sample ratio mismatch failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAnswer:
    """What a test needs."""

    plan: ExperimentPlan
    """Complete."""
    variant_units: tuple[int, ...]
    """Units of each variant at the horizon, the control first."""
    fixed_horizon_units: int
    """Units in all that one test at the end would need."""
    expected_units: float
    """Average units the sequential test needs if the effect is as planned."""
    detectable_effect: float | None
    """Effect on the plan's scale that ``max_weeks`` of traffic would find; None where the traffic is not known."""
    too_long: bool
    """Whether it takes longer than ``max_weeks``."""
    aa_test: AaTest | None
    """None if no runs were asked for."""
    warnings: tuple[ScoreWarning, ...]
