"""Shares with their uncertainty."""

from __future__ import annotations

import math
from statistics import NormalDist

from core.version import Metric

LEVEL = 0.95


def wilson(hits: float, count: int, level: float = LEVEL) -> tuple[float, float]:
    """Return the Wilson score interval of a share (Wilson 1927), [0, 1] without any trial.

    Examples:
        >>> [round(end, 3) for end in wilson(5, 10)]
        [0.237, 0.763]
    """
    if not count:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1.0 + level) / 2.0)
    share, spread = hits / count, z * z / count
    middle = (share + spread / 2.0) / (1.0 + spread)
    reach = z * math.sqrt(share * (1.0 - share) / count + spread / (4.0 * count)) / (1.0 + spread)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def share_metric(name: str, hits: int, count: int) -> Metric:
    """Return a share of ``count`` > 0 as a metric."""
    lower, upper = wilson(hits, count)
    return Metric(name=name, value=hits / count, lower=lower, upper=upper, level=LEVEL, sample_count=count)
