"""Thompson sampling: how a bandit spreads its next units.

Each variant's rate has a Beta posterior from a uniform prior, and gets the chance that its rate is the highest
(Thompson 1933; Scott 2010, "A modern Bayesian look at the multi-armed bandit", section 3), but never less than a floor.

The counts behind a posterior are weighted by 1 / propensity: the weighted share of conversions, with as many units as
the weights are worth, ``(sum w)^2 / sum w^2`` (Kish 1965, section 11.7). With plain counts the variant that has lately
got more has the younger units, and whatever moves with time, such as conversions that have not come yet or a better
season, would be taken for a difference between variants. Weighted, every moment counts the same in every variant. While
the shares have not moved, weighted and plain counts are the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.experiments.statistics.bayes import probability_best
from core.experiments.tally import VariantTally, WeightedMoments


def default_floor(variant_count: int) -> float:
    """Return the share no variant falls below: a fifth of what an even split would give it.

    No weight 1 / propensity then exceeds 5 times the number of variants, so that the weighted estimate stays usable,
    and four fifths of the units are free to move.
    """
    return 0.2 / variant_count


def thompson_shares(tallies: Mapping[str, VariantTally], floor: float | None = None) -> dict[str, float]:
    """Return the next shares of the variants, summing to 1. Worked out, not drawn: the same for the same counts.

    Args:
        tallies: Of every variant, those without units among them.
        floor: Least share of each, in (0, 1 / variants]; None: :func:`default_floor`.
    """
    least = default_floor(len(tallies)) if floor is None else floor
    best = probability_best([_worth(tally.weighted) for tally in tallies.values()])
    free = 1.0 - least * len(tallies)
    return {name: least + free * chance for name, chance in zip(tallies, best, strict=True)}


def _worth(moments: WeightedMoments) -> tuple[int, int]:
    """Return the conversions and units, to whole ones, that say as much unweighted."""
    if moments.weight <= 0.0:
        return 0, 0
    rate = min(1.0, max(0.0, moments.converted / moments.weight))
    units = round(moments.weight**2 / moments.weight_squares)
    return round(rate * units), units
