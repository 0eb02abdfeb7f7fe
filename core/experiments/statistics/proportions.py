"""Two shares beside each other: of n1 units x1 converted in the treatment, of n0 units x0 in the control.

All counts are whole numbers with 0 <= x <= n, of any size. Differences of shares are worked out in whole numbers and
rounded once, so that 1 of 1,000,000,000 is told from 2.
"""

from __future__ import annotations

import math

from core.experiments.results import Range
from core.experiments.statistics.normal import critical, two_sided_p
from core.experiments.statistics.score_interval import miettinen_nurminen

__all__ = ["miettinen_nurminen", "newcombe", "two_proportion_z", "wald", "wilson"]


def two_proportion_z(x1: int, n1: int, x0: int, n0: int) -> tuple[float, float]:
    """Return z and its two-sided p-value, with the pooled share in the standard error.

    z^2 is Pearson's chi-square of the table of two by two, without correction for continuity.

    Returns:
        (0, 1) if an arm is empty, or if all units converted or none did: then there is nothing to tell the arms by.
    """
    hits, units = x1 + x0, n1 + n0
    if not (n1 and n0) or hits in {0, units}:
        return 0.0, 1.0
    cross = x1 * n0 - x0 * n1
    # Whole numbers up to here: Python divides them with one rounding, however many digits they have.
    z = math.copysign(math.sqrt(cross * cross * units / (n1 * n0 * hits * (units - hits))), cross)
    return (z, two_sided_p(z)) if cross else (0.0, 1.0)


def wald(x1: int, n1: int, x0: int, n0: int, level: float = 0.95) -> Range:
    """Return the textbook's interval of the difference: p1 - p0 -+ z sqrt(p1 q1 / n1 + p0 q0 / n0).

    For comparison only. It reaches beyond -1 and 1, has no width at 0 of n or n of n, and covers too rarely near there
    (Newcombe 1998, method 1).
    """
    if not (n1 and n0):
        return Range(lower=-1.0, upper=1.0, level=level)
    difference = (x1 * n0 - x0 * n1) / (n1 * n0)
    reach = critical(level) * math.sqrt(x1 * (n1 - x1) / n1**3 + x0 * (n0 - x0) / n0**3)
    return Range(lower=difference - reach, upper=difference + reach, level=level)


def wilson(x: int, n: int, level: float = 0.95) -> Range:
    """Return the interval of one share: those that a score test does not reject (Wilson 1927).

    Returns:
        Within [0, 1]; all of it without a unit.
    """
    if not n:
        return Range(lower=0.0, upper=1.0, level=level)
    share, square = x / n, critical(level) ** 2
    lower, upper = share - _above(n - x, n, square), share + _above(x, n, square)
    return Range(lower=max(0.0, lower), upper=min(1.0, upper), level=level)


def newcombe(x1: int, n1: int, x0: int, n0: int, level: float = 0.95) -> Range:
    """Return the hybrid score interval of the difference, method 10 of Newcombe 1998, Statistics in Medicine 17, 873.

    Each end is as far from the difference as the nearer ends of the two Wilson intervals together, squared and added.

    Returns:
        Within [-1, 1]; all of it if an arm is empty.
    """
    if not (n1 and n0):
        return Range(lower=-1.0, upper=1.0, level=level)
    square = critical(level) ** 2
    difference = (x1 * n0 - x0 * n1) / (n1 * n0)
    # Of the treatment what is below its share and of the control what is above, and the other way round.
    down = _together(_above(n1 - x1, n1, square), _above(x0, n0, square))
    up = _together(_above(x1, n1, square), _above(n0 - x0, n0, square))
    return Range(lower=max(-1.0, difference - down), upper=min(1.0, difference + up), level=level)


def _above(x: int, n: int, square: float) -> float:
    """Return by how much the upper end of Wilson's interval exceeds x / n; for n - x it is the way to the lower end.

    The positive root of (n + z^2) d^2 - z^2 (q - p) d - z^2 p q = 0, in the form in which nothing cancels.
    """
    lean = square * (n - 2 * x)
    root = math.sqrt(lean * lean + 4.0 * (n + square) * square * (x * (n - x)))
    if lean >= 0.0:
        return (lean + root) / (2.0 * n * (n + square))
    return 2.0 * square * (x * (n - x)) / (n * (root - lean))


def _together(a: float, b: float) -> float:
    return math.sqrt(a * a + b * b)
