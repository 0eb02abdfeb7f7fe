"""The score interval of a difference of shares (Miettinen and Nurminen 1985, Statistics in Medicine 4, 213).

The interval holds every difference d that the score test does not reject: the test's standard error is that of the
shares p1, p0 which fit the counts best among those with p1 - p0 = d, times sqrt(N / (N - 1)), N = n1 + n0.

The paper finds them as a root of a cubic, which loses its digits where shares are near 0 or 1. With a Lagrange
multiplier m for the condition, each share is a root of a quadratic of its own counts alone:

    m p1^2 - (m + n1) p1 + x1 = 0,    -m p0^2 - (n0 - m) p0 + x0 = 0,

and x / n - p is m p q / n for the treatment and -m p q / n for the control. So the difference seen less d is m V with V
the variance p1 q1 / n1 + p0 q0 / n0, and the squared statistic is m^2 V (N - 1) / N. As m grows p1 falls and p0 rises:
m V never falls, and there is one m at which m^2 V is the c^2 = z^2 N / (N - 1) that the level allows. The end of the
interval is then c^2 / m away from the difference seen.
"""

from __future__ import annotations

import math

from core.experiments.results import Range
from core.experiments.statistics.crossing import crossing
from core.experiments.statistics.normal import critical


def miettinen_nurminen(x1: int, n1: int, x0: int, n0: int, level: float = 0.95) -> Range:
    """Return the score interval of the difference of two shares.

    Args:
        x1: Conversions of the treatment, 0 to ``n1``.
        n1: Units of the treatment.
        x0: Conversions of the control, 0 to ``n0``.
        n0: Units of the control.
        level: In (0, 1).

    Returns:
        Within [-1, 1]; all of it if an arm is empty.
    """
    units = n1 + n0
    lower, upper = score_ends(x1, n1, x0, n0, critical(level) * math.sqrt(units / max(1, units - 1)))
    return Range(lower=lower, upper=upper, level=level)


def score_ends(x1: int, n1: int, x0: int, n0: int, critical_value: float) -> tuple[float, float]:
    """Return between which differences the score statistic is at most a critical value, > 0.

    Without the factor N / (N - 1): it holds 0 just where the pooled z-test does not exceed the value. For boundaries of
    which no level tells how far out they are: from 8.3 on every level is 1.

    Returns:
        (-1, 1) if an arm is empty.
    """
    if not (n1 and n0):
        return -1.0, 1.0
    square = critical_value * critical_value
    return _lower(x1, n1, x0, n0, square), -_lower(x0, n0, x1, n1, square)


def _lower(x1: int, n1: int, x0: int, n0: int, square: float) -> float:
    if x1 == 0 and x0 == n0:
        return -1.0  # no difference is less than the one seen

    def squared_statistic(multiplier: float) -> float:
        treatment = _variance(x1, n1, multiplier)
        control = _variance(x0, n0, -multiplier)
        return multiplier * multiplier * (treatment + control)

    seen = (x1 * n0 - x0 * n1) / (n1 * n0)
    return max(-1.0, seen - square / crossing(squared_statistic, square))


def _variance(x: int, n: int, multiplier: float) -> float:
    # The share of those who did not convert has a quadratic of its own: 1 - p would lose its digits near 1.
    return _share(x, n, multiplier) * _share(n - x, n, -multiplier) / n


def _share(x: int, n: int, multiplier: float) -> float:
    """Return the root in [0, 1] of m p^2 - (m + n) p + x = 0; every sum in it is of terms of one sign."""
    slope = multiplier + n
    if multiplier > 0.0:
        root = math.sqrt((multiplier - n) ** 2 + 4.0 * multiplier * (n - x))
    else:
        root = math.sqrt(slope * slope - 4.0 * multiplier * x)
    return 2.0 * x / (slope + root) if slope > 0.0 else (slope - root) / (2.0 * multiplier)
