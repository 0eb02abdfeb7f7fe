"""A difference of means with what was known before the exposure taken out: CUPED.

Deng, Xu, Kohavi and Walker 2013, section 3: instead of y compare y - theta (x - mean x). Randomized arms have the same
x but for chance, and theta carries that chance over to y. Nothing is biased by it whatever theta is, as long as x was
fixed before the exposure: that is why x is what the control's version said of the lead, in every arm.
"""

from __future__ import annotations

from core.experiments.results import Adjusted
from core.experiments.statistics.mean_test import Estimate, compare
from core.experiments.statistics.means import mean
from core.experiments.statistics.sums import about_means, spread
from core.experiments.tally import Moments

LEAST_PAIRED = 20
"""Units with a covariate in each arm: with fewer, theta is itself more noise than help."""
_SAME = 1e-12
"""Of the variance: what is left of it when the covariate explains everything but rounding."""


def adjust(treatment: Moments, control: Moments, level: float = 0.95) -> Adjusted | None:
    """Return the difference of means adjusted for the covariate.

    Theta is the regression slope of y on x within arms, of both arms together, over units whose x is known. A unit
    without a covariate keeps its y: it counts as if its x were the mean.

    Args:
        treatment: Its sums.
        control: Its sums.
        level: Of the range, in (0, 1).

    Returns:
        None if an arm has fewer than 20 units with a covariate, if the covariate or y does not vary, or if nothing of y
        is left unexplained. ``variance_reduction`` is in [0, 1); 0 where adjusting makes the variance grow.
    """
    plain = mean(treatment), mean(control)
    before = plain[0].variance + plain[1].variance
    slope = _slope(treatment, control)
    if slope is None or before <= 0.0:
        return None
    centre = (treatment.covariate_total + control.covariate_total) / (treatment.paired_count + control.paired_count)
    arms = _adjusted(treatment, plain[0], slope, centre), _adjusted(control, plain[1], slope, centre)
    left = (arms[0].variance + arms[1].variance) / before
    if left <= _SAME:
        return None
    found = compare(*arms, level)
    if not found.known:
        return None
    return Adjusted(
        difference=found.difference,
        interval=found.range,
        p_value=found.p_value,
        variance_reduction=max(0.0, 1.0 - left),
    )


def _slope(treatment: Moments, control: Moments) -> float | None:
    arms = (treatment, control)
    if min(arm.paired_count for arm in arms) < LEAST_PAIRED:
        return None
    spreads = [spread(arm.covariate_squares, arm.covariate_total, arm.paired_count) for arm in arms]
    if sum(spreads) <= 0.0:
        return None
    joint = [_joint(arm) for arm in arms]
    return sum(joint) / sum(spreads)


def _joint(arm: Moments) -> float:
    """Return the sum of (x - mean x) (y - mean y) over units whose covariate is known."""
    return float(about_means(arm.products, arm.covariate_total, arm.paired_total, arm.paired_count))


def _adjusted(arm: Moments, plain: Estimate, slope: float, centre: float) -> Estimate:
    """Return the mean of y - slope c, with c the covariate less ``centre``, and 0 where it is not known."""
    known = arm.paired_count / arm.count
    off = arm.covariate_total / arm.paired_count - centre
    squares_c = (
        spread(arm.covariate_squares, arm.covariate_total, arm.paired_count)
        + arm.paired_count * (1.0 - known) * off * off
    )
    joint = _joint(arm) + off * (arm.paired_total - known * arm.total)
    change = slope * (slope * squares_c - 2.0 * joint)
    return Estimate(
        value=plain.value - slope * known * off,
        variance=max(0.0, plain.variance + change / plain.degrees / arm.count),
        degrees=plain.degrees,
    )
