"""Ratios of sums, such as conversions per lead where the unit is a company with many leads."""

from __future__ import annotations

from fractions import Fraction

from core.experiments.statistics.mean_test import Estimate, MeanTest, compare
from core.experiments.statistics.sums import left_of, whole
from core.experiments.tally import RatioMoments


def ratio_difference(treatment: RatioMoments, control: RatioMoments, level: float = 0.95) -> MeanTest:
    """Return a test of a difference of ratios by the delta method (Deng, Knoblich and Lu 2018, section 3.1).

    A unit is what was randomized; its leads are not independent of each other. Degrees of freedom are Welch's, so that
    with one lead in each unit this is Welch's test, and with many units the normal one of the paper.

    Args:
        treatment: Its sums.
        control: Its sums.
        level: Of the range, in (0, 1).

    Returns:
        Nothing known (see ``compare``) if an arm has fewer than two units or nothing varied in either.
    """
    return compare(ratio(treatment), ratio(control), level)


def ratio(moments: RatioMoments) -> Estimate:
    """Return top / bottom of an arm, 0 where the bottom is, with its variance.

    To first order top / bottom is off by the mean of (y - r x) / mean x, and y - r x sums to 0 by the choice of r.
    """
    count, degrees = moments.count, moments.count - 1
    if degrees < 1 or moments.bottom <= 0.0:
        value = moments.top / moments.bottom if moments.bottom > 0.0 else 0.0
        return Estimate(value=value, variance=0.0, degrees=0.0)
    mean_bottom = moments.bottom / count
    return Estimate(
        value=moments.top / moments.bottom,
        variance=_residual_squares(moments) / degrees / count / (mean_bottom * mean_bottom),
        degrees=float(degrees),
    )


def _residual_squares(moments: RatioMoments) -> float:
    """Return the sum of (y - r x)^2 over units; see ``sums`` for what rounding leaves of it."""
    sums = (moments.top_squares, moments.products, moments.bottom_squares, moments.top, moments.bottom)
    squares, products, bottom_squares, top, bottom = map(Fraction, sums)
    slope = top / bottom
    explained = slope * slope * bottom_squares
    rest = squares - 2 * slope * products + explained
    return left_of(rest, float(squares + explained), 2 * moments.count, exact=whole(*sums))
