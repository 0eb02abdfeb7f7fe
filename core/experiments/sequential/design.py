"""What looking again and again costs a planned test, and what it saves."""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

from core.experiments.sequential.crossing import crossings
from core.experiments.sequential.spending import boundaries

_NORMAL = NormalDist()
_CLOSE = 1e-7
_MOST_STEPS = 20
_SURE = 1e-12
"""A power is found to be this far from 0 and 1 at least: beyond it has no normal score."""


@lru_cache(maxsize=256)
def drift_of_looks(alpha: float, power: float, look_count: int) -> float:
    """Return the mean that z must have at the horizon for a test with equal steps between its looks.

    It is the drift at which the boundaries are crossed on the right side with the wanted power.

    Args:
        alpha: Two-sided, in (0, 0.5).
        power: In [0.5, 1).
        look_count: At least 1.
    """
    times = tuple(look / look_count for look in range(1, look_count + 1))
    edges = boundaries(times, alpha)
    once = drift_of_one_look(alpha, power)
    drift = once
    # The normal score of the power is almost as straight a line as that of one look, whose slope is 1.
    for _ in range(_MOST_STEPS):
        found = sum(above for above, _ in crossings(times, edges, drift))
        missing = _NORMAL.inv_cdf(power) - _NORMAL.inv_cdf(min(max(found, _SURE), 1.0 - _SURE))
        drift += missing
        if abs(missing) < _CLOSE:
            break
    return max(once, drift)


def drift_of_one_look(alpha: float, power: float) -> float:
    """Return the mean that z must have for one two-sided test: z(1 - alpha / 2) + z(power)."""
    return -_NORMAL.inv_cdf(alpha / 2.0) + _NORMAL.inv_cdf(power)


@lru_cache(maxsize=256)
def expected_share(alpha: float, drift: float, look_count: int) -> float:
    """Return the share of the horizon that is needed on average; in (0, 1].

    Args:
        alpha: Two-sided, in (0, 0.5).
        drift: Mean of z at the horizon.
        look_count: At least 1.
    """
    times = tuple(look / look_count for look in range(1, look_count + 1))
    stops = [above + below for above, below in crossings(times, boundaries(times, alpha), drift)]
    earlier = sum(chance * (1.0 - time) for chance, time in zip(stops, times, strict=True))
    return min(1.0, 1.0 - earlier)
