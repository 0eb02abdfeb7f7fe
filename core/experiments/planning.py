"""How many units a planned test needs, for any split of them, and how long that takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import NormalDist

from core.errors import InvalidInput
from core.experiments.plan import EffectScale, Plan
from core.experiments.plan_rules import MAX_UNITS, plan_violations
from core.experiments.sequential.design import drift_of_looks, drift_of_one_look, expected_share

DAYS_PER_WEEK = 7.0
DEFAULT_WEEKS = 8
_BISECTIONS = 200
_ROUNDING = 1e-9
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTest:
    """A plan with all that follows from it."""

    plan: Plan
    """With its horizon."""
    variant_units: tuple[int, ...]
    """At the horizon, the control first; their sum is the horizon."""
    fixed_horizon_units: int
    """Of all variants together, that one test at the end would need, adjusted for the score before exposure."""
    expected_units: float
    """That the sequential test needs on average if the effect is as planned."""


def planned(plan: Plan, shares: Sequence[float], correlation: float = 0.0) -> PlannedTest:
    """Complete a plan: without a horizon it gets the one that gives its power.

    The control and the smallest treatment decide; alpha is split evenly over the treatments that get units. Units for
    one test at the end by the normal approximation (Fleiss, Levin and Paik 2003, section 4.2), more for the sequential
    test as its boundaries ask for.

    A score from before exposure spares the adjusted reading its square of the variance (CUPED; Deng, Xu, Kohavi and
    Walker 2013). The sequential test counts conversions as they are: with fewer units it would lose its power.

    Args:
        plan: What is wanted.
        shares: Of the units for each variant, the control first; they sum to 1.
        correlation: Of the outcome with such a score, in [0, 1).

    Raises:
        InvalidInput: Names what is wrong with ``plan``, ``traffic_percentages`` or ``covariate_correlation``.
    """
    _check(plan, shares, correlation)
    alpha = plan.alpha / _treatment_count(shares)
    once = drift_of_one_look(alpha, plan.power)
    effect = absolute_effect(plan)
    fixed = (1.0 - correlation * correlation) * _needed(plan, effect, shares, once)
    looking = drift_of_looks(alpha, plan.power, plan.look_count)
    needed = plan.horizon_units or _needed(plan, effect, shares, looking)
    if not max(fixed, needed) <= MAX_UNITS:
        raise InvalidInput.of("plan.min_effect", "must be large enough to be found with 1e12 units")
    horizon = max(len(shares), math.ceil(needed - _ROUNDING))
    drift = _drift(plan, shares, horizon)
    return PlannedTest(
        plan=replace(plan, horizon_units=horizon),
        variant_units=split(horizon, shares),
        fixed_horizon_units=max(len(shares), math.ceil(fixed - _ROUNDING)),
        expected_units=horizon * expected_share(alpha, drift, plan.look_count),
    )


def detectable_effect(plan: Plan, shares: Sequence[float], units: float, correlation: float = 0.0) -> float | None:
    """Return the smallest effect, on the plan's scale, that so many units find with the plan's power.

    Args:
        plan: Its own effect and horizon do not matter.
        shares: Of the units for each variant, the control first.
        units: Of all variants together.
        correlation: In [0, 1); see planned for why it does not make the effect smaller.

    Returns:
        None if even an effect that makes everybody convert is not found.

    Raises:
        InvalidInput: See planned.
    """
    _check(plan, shares, correlation)
    drift = drift_of_looks(plan.alpha / _treatment_count(shares), plan.power, plan.look_count)
    low, high = 0.0, 1.0 - plan.baseline_rate
    if not _needed(plan, high, shares, drift) <= units:
        return None
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2.0
        if not low < middle < high:
            break
        if _needed(plan, middle, shares, drift) <= units:
            high = middle
        else:
            low = middle
    return high if plan.effect_scale is EffectScale.ABSOLUTE else high / plan.baseline_rate


def takes_too_long(plan: Plan, max_weeks: int = 0) -> bool:
    """Return whether the horizon is more than so many weeks of traffic away; False where the traffic is not known."""
    return plan.days is not None and plan.days > DAYS_PER_WEEK * (max_weeks or DEFAULT_WEEKS)


def units_within(plan: Plan, max_weeks: int = 0) -> float:
    """Return how many units come within so many weeks; 0 where the traffic is not known."""
    return plan.units_per_day * DAYS_PER_WEEK * (max_weeks or DEFAULT_WEEKS)


def absolute_effect(plan: Plan) -> float:
    """Return the planned effect as a difference of rates."""
    return plan.min_effect * (1.0 if plan.effect_scale is EffectScale.ABSOLUTE else plan.baseline_rate)


def split(units: int, shares: Sequence[float]) -> tuple[int, ...]:
    """Return whole numbers of units by share that sum to ``units``: the largest remainders are rounded up.

    Shares come with few digits: they are brought to a sum of 1 first, exactly, for of 1e12 units a millionth is many.
    """
    parts = [Fraction(share) for share in shares]
    exact = [units * part / sum(parts) for part in parts]
    whole = [math.floor(one) for one in exact]
    by_remainder = sorted(range(len(shares)), key=lambda position: whole[position] - exact[position])
    for position in by_remainder[: units - sum(whole)]:
        whole[position] += 1
    return tuple(whole)


def _check(plan: Plan, shares: Sequence[float], correlation: float) -> None:
    violations = plan_violations(plan, "plan")
    if violations:
        raise InvalidInput(violations)
    sound = len(shares) > 1 and all(0.0 <= share <= 1.0 for share in shares)
    if not sound or abs(math.fsum(shares) - 1.0) > 1e-6:  # noqa: PLR2004 - as in core.experiments.rules
        raise InvalidInput.of("traffic_percentages", "must be two or more, 0 to 100 each, and sum to 100")
    if shares[0] == 0.0 or not any(shares[1:]):
        raise InvalidInput.of("traffic_percentages", "must give units to the control, the first, and to a treatment")
    if not 0.0 <= correlation < 1.0:
        raise InvalidInput.of("covariate_correlation", "must be 0 or above, and below 1")


def _treatment_count(shares: Sequence[float]) -> int:
    return sum(share > 0.0 for share in shares[1:])


@dataclass(frozen=True, slots=True)
class _Spread:
    """Standard deviations of a difference of rates, times the square root of the units in all."""

    null: float
    """With the pooled rate, as the z statistic has it."""
    true: float
    """With each rate by itself, as it varies."""


def _spread(rate: float, effect: float, shares: Sequence[float]) -> _Spread:
    treatment, control = min(share for share in shares[1:] if share > 0.0), shares[0]
    treated = rate + effect
    pooled = (treatment * treated + control * rate) / (treatment + control)
    return _Spread(
        math.sqrt(pooled * (1.0 - pooled) * (1.0 / treatment + 1.0 / control)),
        math.sqrt(treated * (1.0 - treated) / treatment + rate * (1.0 - rate) / control),
    )


def _needed(plan: Plan, effect: float, shares: Sequence[float], drift: float) -> float:
    """Return the units at which an effect gives z a mean of ``drift`` in its own standard deviations.

    For one look this is Fleiss' formula: (z(1 - alpha / 2) null + z(power) true) squared over the effect squared.
    """
    spread, gain = _spread(plan.baseline_rate, effect, shares), _NORMAL.inv_cdf(plan.power)
    if not effect > 0.0:
        return math.inf
    # The root first: the square of a small effect could be nothing.
    root = ((drift - gain) * spread.null + gain * spread.true) / effect
    return root * root


def _drift(plan: Plan, shares: Sequence[float], units: int) -> float:
    """Return the mean of z that so many units give the planned effect: _needed solved for it."""
    effect = absolute_effect(plan)
    spread, gain = _spread(plan.baseline_rate, effect, shares), _NORMAL.inv_cdf(plan.power)
    return (effect * math.sqrt(units) - gain * spread.true) / spread.null + gain
