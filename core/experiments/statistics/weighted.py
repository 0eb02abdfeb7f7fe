"""Conversion in a bandit, where the chance to get an arm moves with what was seen of it.

Plain shares are biased there: an arm that begins badly gets fewer units and less of a chance to make up for it. So
each unit counts 1 / p, with the chance p that it had to get its arm and that was logged then (for trials that adapt:
Bowden and Trippa 2017, Statistical Methods in Medical Research 26, 2376). The sum is divided by the sum of the weights
(Hajek 1971), not by the number of all units as Horvitz and Thompson 1952 do: the share stays in [0, 1] and does not
carry the chance in how many units an arm got. In simulated bandits it is as free of bias and varies less, and its
interval covers as often as it says, which that of the other one does not where most units convert.
"""

from __future__ import annotations

from core.experiments.statistics.mean_test import UNKNOWN, Estimate, MeanTest, compare
from core.experiments.tally import WeightedMoments


def weighted_rate(moments: WeightedMoments) -> tuple[float, float]:
    """Return the share of conversions and its standard error; 0 and ``UNKNOWN`` without a unit."""
    found = _estimate(moments)
    return found.value, found.variance**0.5 if found.degrees > 0.0 else UNKNOWN


def weighted_difference(treatment: WeightedMoments, control: WeightedMoments, level: float = 0.95) -> MeanTest:
    """Return a test of a difference of shares, with Welch's degrees of freedom.

    Returns:
        Nothing known (see ``compare``) if an arm has less than two units' worth of weights.
    """
    return compare(_estimate(treatment), _estimate(control), level)


def _estimate(moments: WeightedMoments) -> Estimate:
    """Return the weighted share, with the variance of a ratio: the sum of (y - r)^2 / p^2 by that of 1 / p, squared.

    The variance is that of the arm with one converted and one other unit of middling weight added (after Agresti and
    Caffo 2000): none of few would otherwise look as sure as none of many.
    """
    if moments.weight <= 0.0 or moments.weight_squares <= 0.0:
        return Estimate(value=0.0, variance=0.0, degrees=0.0)
    middling = moments.weight_squares / moments.weight
    added = middling * middling
    weight = moments.weight + 2.0 * middling
    centre = (moments.converted + middling) / weight
    hits, units = moments.converted_squares + added, moments.weight_squares + 2.0 * added
    # Of converted units y is 1 and of the others 0, so both parts are positive and nothing cancels.
    squares = hits * (1.0 - centre) ** 2 + max(0.0, units - hits) * centre**2
    return Estimate(
        value=min(1.0, max(0.0, moments.converted / moments.weight)),
        variance=squares / (weight * weight),
        degrees=max(
            0.0, moments.weight / middling - 1.0
        ),  # as many units of equal weight would say as much (Kish 1965)
    )
