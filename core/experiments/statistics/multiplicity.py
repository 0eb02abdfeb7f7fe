"""P-values of several comparisons at once, in the order in which they were given."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted so that the chance of any false claim stays at the level (Holm 1979).

    The smallest of m is multiplied by m, the next by m - 1, and so on; none is less than one before it, or above 1.
    """
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(_rising(p_values)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted so that the share of false claims among claims stays at the level, on average.

    For independent and for positively dependent comparisons (Benjamini and Hochberg 1995, Benjamini and Yekutieli
    2001). The k-th smallest of m is multiplied by m / k; none is more than one after it.
    """
    count = len(p_values)
    adjusted, smallest = [0.0] * count, 1.0
    for rank, place in reversed(list(enumerate(_rising(p_values), start=1))):
        # m p / k of equal p-values may differ in its last bit from p itself: none is adjusted downwards.
        smallest = min(smallest, max(p_values[place], count * p_values[place] / rank))
        adjusted[place] = smallest
    return adjusted


def _rising(p_values: Sequence[float]) -> list[int]:
    return sorted(range(len(p_values)), key=p_values.__getitem__)
