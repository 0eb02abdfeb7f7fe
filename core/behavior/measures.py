"""Small formulas over whole numbers that features share.

Every result is the same in whatever order a histogram lists its keys: live values and values of the past are compared
to the last bit. Sums of floats therefore go through ``math.fsum``, which rounds once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import mul
from typing import Any, TypeVar

from core.features.streams.declaration import Reading

T = TypeVar("T")


def once(derive: Callable[[Reading], T]) -> Callable[[Reading], T]:
    """Return the function, remembering its result for the newest reading: several features ask for the same thing.

    Threads may both work it out; neither can see the other's reading, because reading and result are swapped as one.
    """
    newest: tuple[Reading | None, Any] = (None, None)

    def derived(reading: Reading) -> T:
        nonlocal newest
        known, result = newest
        if known is not reading:
            result = derive(reading)
            newest = (reading, result)
        return result  # type: ignore[no-any-return]

    return derived


def share(part: float, whole: float) -> float | None:
    """Return ``part / whole`` cut to at most 1, or None where there is no whole."""
    if not whole:
        return None
    return min(1.0, part / whole)


def balance(left: float, right: float) -> float | None:
    """Return ``(left - right) / (left + right)`` in [-1, 1] of two non-negative numbers; None where both are 0."""
    both = left + right
    return (left - right) / both if both else None


def evenness(counts: Iterable[int], places: int | None = None) -> float | None:
    """Return the entropy of counts over the largest possible one, in [0, 1] (Pielou 1966: J = H / ln S).

    Args:
        counts: Positive counts.
        places: How many there could be (24 hours); None: as many as there are.

    Returns:
        0 where everything is in one place, 1 where it is spread evenly; None without counts.
    """
    held = list(counts)
    total = sum(held)
    if not total:
        return None
    possible = len(held) if places is None else places
    if len(held) == 1 or possible == 1:
        return 0.0
    log = math.log
    entropy = log(total) - math.fsum([count * log(count) for count in held]) / total
    return min(1.0, max(0.0, entropy / math.log(possible)))


def concentration(counts: Iterable[int]) -> float | None:
    """Return the sum of the squared shares, in (0, 1] (Herfindahl 1950); None without counts."""
    held = list(counts)
    total = sum(held)
    return sum(count * count for count in held) / (total * total) if total else None


def top_share(counts: Iterable[int]) -> float | None:
    """Return the largest count over all, in (0, 1]; None without counts."""
    held = list(counts)
    return max(held) / sum(held) if held else None


def most_frequent(histogram: Mapping[Any, int]) -> Any:
    """Return the key with most events, the smallest of several; None of an empty one.

    The key ``""`` holds what a histogram had no place for and is no answer.
    """
    best, most = None, 0
    for key, count in histogram.items():
        if count >= most and key != "" and (count > most or key < best):
            best, most = key, count
    return best


def deviation(count: int, total: int, squares: int) -> float | None:
    """Return the standard deviation (of the population) from exact sums; None without values."""
    if not count:
        return None
    return math.sqrt((count * squares - total * total) / (count * count))


def variation(values: Sequence[int]) -> float | None:
    """Return the coefficient of variation, standard deviation over mean, of non-negative whole numbers.

    None for fewer than two of them, or where all are 0.
    """
    count, total = len(values), sum(values)
    if count < 2 or not total:  # noqa: PLR2004 - one value does not vary
        return None
    return math.sqrt(count * sum(map(mul, values, values)) - total * total) / total


def steadiness(values: Sequence[int]) -> float | None:
    """Return ``1 / (1 + coefficient of variation)`` in (0, 1]: 1 where all are alike; None as :func:`variation`."""
    varied = variation(values)
    return None if varied is None else 1.0 / (1.0 + varied)
