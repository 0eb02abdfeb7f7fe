"""What a look shows of a treatment beside the control: the difference, its z, and a repeated confidence interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.experiments.sequential.careful_z import careful_z
from core.experiments.tally import VariantTally, WeightedMoments

_FEW = 50.0
"""Conversions that an arm's weights are worth, below which a weighted z is drawn to 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookReading:
    """Of one treatment at one look."""

    difference: float
    statistic: float
    lower: float
    """In [-1, 1]; the interval leaves out 0 if and only if the statistic exceeds the boundary."""
    upper: float


_NOTHING = LookReading(difference=0.0, statistic=0.0, lower=-1.0, upper=1.0)


def counted(treatment: VariantTally, control: VariantTally, boundary: float) -> LookReading:
    """Read units that count alike.

    The interval is the score interval (Mee 1984), which leaves out 0 just where the pooled z exceeds the boundary.

    Args:
        treatment: Its sums.
        control: Its sums.
        boundary: Of |z|, > 0.
    """
    from core.experiments.statistics.score_interval import score_ends  # noqa: PLC0415 - it loads scipy

    if not (treatment.units and control.units):
        return _NOTHING
    counts = _hits(treatment), treatment.units, _hits(control), control.units
    lower, upper = score_ends(*counts, boundary)
    difference = counts[0] / counts[1] - counts[2] / counts[3]
    return _agreeing(difference, careful_z(*counts), lower, upper, boundary)


def weighted(treatment: VariantTally, control: VariantTally, boundary: float) -> LookReading:
    """Read units whose shares moved: each counts 1 / propensity. Arguments as above.

    Where few converted the weighted z is skewed: then z of the counts that the weights are worth is taken, if it is
    nearer to 0.
    """
    from core.experiments.statistics.weighted import weighted_difference  # noqa: PLC0415 - it loads scipy

    found = weighted_difference(treatment.weighted, control.weighted)
    if not found.known:
        return _NOTHING
    statistic, reach = found.statistic, boundary * found.standard_error
    worth, control_worth = _worth(treatment.weighted), _worth(control.weighted)
    if min(worth[0], control_worth[0]) < _FEW:
        statistic = _nearer(statistic, careful_z(*worth, *control_worth))
    lower, upper = max(-1.0, found.difference - reach), min(1.0, found.difference + reach)
    return _agreeing(found.difference, statistic, lower, upper, boundary)


def _agreeing(difference: float, statistic: float, lower: float, upper: float, boundary: float) -> LookReading:
    """Return the reading; where z was drawn to 0 its interval must not say more than it does."""
    if abs(statistic) < boundary:
        lower, upper = min(lower, 0.0), max(upper, 0.0)
    return LookReading(difference=difference, statistic=statistic, lower=lower, upper=upper)


def _worth(moments: WeightedMoments) -> tuple[int, int]:
    """Return the conversions and units of equal weight that say as much (Kish 1965), to whole ones."""
    units = round(moments.weight**2 / moments.weight_squares)
    return min(units, round(units * moments.converted / moments.weight)), units


def _nearer(one: float, other: float) -> float:
    """Return the one that is nearer to 0; 0 if they are on different sides of it."""
    return math.copysign(min(abs(one), abs(other)), one) if one * other > 0.0 else 0.0


def _hits(tally: VariantTally) -> int:
    return round(tally.converted.total)
