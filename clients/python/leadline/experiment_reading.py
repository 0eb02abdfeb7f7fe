"""What each reading says of a treatment beside the control. Differences are treatment less control."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from leadline.score import Interval


class GuardrailState(Enum):
    """Where a guardrail stands."""

    HOLDS = "holds"
    """Not worse than the margin, beyond doubt."""
    VIOLATED = "violated"
    """Worse than the margin, beyond doubt."""
    NOT_YET_KNOWN = "not_yet_known"
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainRule:
    """The rule that is often used, and wrong when it is looked at again and again."""

    enough_units: bool
    """At least 100 in each arm."""
    significant: bool
    """p below 0.05."""
    large_enough: bool
    """The observed effect is at least ``min_effect``."""
    met: bool
    """All of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedHorizonReading:
    """A test that may be looked at once."""

    statistic: float
    """Two-proportion z with the pooled rate, or Welch's t; 0 where nothing varies."""
    p_value: float
    """Two-sided."""
    adjusted_p_value: float
    """Corrected for the other metrics and treatments of its role."""
    interval: Interval | None
    textbook_interval: Interval | None
    """Wald's: too narrow for few or rare conversions. Proportions only."""
    plain_rule: PlainRule | None
    """Proportions only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialReading:
    """The planned-horizon test at its newest look."""

    look: int
    """From 1."""
    information: float
    """Share of the horizon at that look, in (0, 1]."""
    statistic: float
    boundary: float
    """What the statistic must exceed."""
    alpha_spent: float
    """Share of alpha that was spent by then; at the end it is all of it."""
    crossed: bool
    """Whether the boundary was ever crossed."""
    interval: Interval | None
    """Valid over all looks together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlwaysValidReading:
    """A test that may be looked at at any moment, without a horizon."""

    interval: Interval | None
    p_value: float
    """The smallest ever seen by now."""
    excludes_zero: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BayesianReading:
    """What a uniform prior says."""

    probability_better: float
    expected_loss: float
    """Lost on average, on the metric's scale, if the treatment is chosen and is worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustedReading:
    """The difference with what the score before exposure tells of the outcome taken out (CUPED)."""

    difference: float
    interval: Interval | None
    p_value: float
    variance_reduction: float
    """Share of the variance that is gone, in [0, 1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NonInferiorityReading:
    """Whether a guardrail holds."""

    margin: float
    """Least difference that is tolerated, below 0."""
    p_value: float
    """One-sided, of being worse than that."""
    lower: float
    """Lower end of the one-sided 95 % interval of the difference."""
    state: GuardrailState
