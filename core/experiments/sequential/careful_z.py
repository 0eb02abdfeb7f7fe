"""The z statistic of two proportions, and what becomes of it where hardly anybody converts."""

from __future__ import annotations

import math
from statistics import NormalDist

ENOUGH = 10.0
"""With so many conversions, and as many other units, expected in either arm the normal approximation is good enough."""
_NORMAL = NormalDist()
_SMALLEST = 1e-300
_NEGLIGIBLE = 1e-17


def careful_z(hits: int, count: int, control_hits: int, control_count: int) -> float:
    """Return the pooled z, drawn to 0 where few convert or few do not.

    There it is skewed: with 40 units in one arm and 360 in the other, two conversions in the small one are nothing
    special and z is 3. The normal score of Fisher's exact test (mid-p) is taken if it is nearer to 0.
    """
    from core.experiments.statistics.proportions import two_proportion_z  # noqa: PLC0415 - it loads scipy

    z, _ = two_proportion_z(hits, count, control_hits, control_count)
    total, converted = count + control_count, hits + control_hits
    if not z or min(count, control_count) * min(converted, total - converted) >= ENOUGH * total:
        return z
    if z > 0.0:
        tail = _upper_mid_p(hits, count, converted, total)
    else:
        tail = _upper_mid_p(control_hits, control_count, converted, total)
    exact = max(0.0, -_NORMAL.inv_cdf(min(max(tail, _SMALLEST), 0.5)))
    return math.copysign(min(abs(z), exact), z)


def _upper_mid_p(hits: int, count: int, converted: int, total: int) -> float:
    """Return the hypergeometric chance of more than ``hits`` in an arm, and half the chance of just as many."""
    at = math.exp(
        _log_choose(converted, hits) + _log_choose(total - converted, count - hits) - _log_choose(total, count)
    )
    tail, chance = at / 2.0, at
    for found in range(hits, min(count, converted)):
        chance *= (converted - found) * (count - found) / ((found + 1) * (total - converted - count + found + 1))
        tail += chance
        if chance <= _NEGLIGIBLE * tail:
            break
    return tail


def _log_choose(total: int, chosen: int) -> float:
    return math.lgamma(total + 1) - math.lgamma(chosen + 1) - math.lgamma(total - chosen + 1)
