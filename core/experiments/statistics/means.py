"""Means of two arms, from their sums."""

from __future__ import annotations

from core.experiments.statistics.mean_test import UNKNOWN, Estimate, MeanTest, compare
from core.experiments.statistics.sums import spread
from core.experiments.tally import Moments

__all__ = ["UNKNOWN", "MeanTest", "mean", "welch"]


def welch(treatment: Moments, control: Moments, level: float = 0.95) -> MeanTest:
    """Return Welch's test of a difference of means: variances may differ, values need not be normal if units are many.

    Values are finite and up to 1e90 in size; see ``sums`` for how small a spread the sums can still show.

    Args:
        treatment: Its sums.
        control: Its sums.
        level: Of the range, in (0, 1).

    Returns:
        Nothing known (see ``compare``) if an arm has fewer than two units or nothing varied in either.
    """
    return compare(mean(treatment), mean(control), level)


def mean(moments: Moments) -> Estimate:
    """Return the mean of an arm, 0 without a unit, with its variance."""
    count = moments.count
    if not count:
        return Estimate(value=0.0, variance=0.0, degrees=0.0)
    degrees = count - 1
    deviations = spread(moments.squares, moments.total, count)
    return Estimate(value=moments.total / count, variance=deviations / max(1, degrees) / count, degrees=float(degrees))
