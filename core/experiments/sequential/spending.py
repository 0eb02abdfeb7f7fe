"""How much of alpha a planned test has spent at a look, and the boundary that follows from it.

The spending function is the one of O'Brien and Fleming's type of Lan and DeMets (1983): next to nothing in the
beginning, all of alpha at the horizon. Looks may come at any times and in any number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist

from core.experiments.sequential.crossing import HIGHEST, next_boundary

_NORMAL = NormalDist()


def spent(information: float, alpha: float) -> float:
    """Return the alpha that is spent at a share of the horizon: 4 (1 - Phi(z(alpha / 4) / sqrt(t))), two-sided.

    Args:
        information: In (0, 1]; more counts as 1.
        alpha: In (0, 1), of both sides together.
    """
    if information >= 1.0:
        return alpha
    if information <= 0.0:
        return 0.0
    z = -_NORMAL.inv_cdf(alpha / 4.0)
    return min(alpha, 2.0 * math.erfc(z / math.sqrt(2.0 * information)))


def boundaries(times: Sequence[float], alpha: float) -> tuple[float, ...]:
    """Return the boundary of |z| for each look.

    Args:
        times: Of the looks as shares of the horizon, > 0 and rising; 1 and more spends the rest.
        alpha: In (0, 1), two-sided.
    """
    return _boundaries(tuple(times), alpha)


def boundary(
    times: Sequence[float], taken: Sequence[float], time: float, spent_before: float, spent_now: float
) -> float:
    """Return the boundary of |z| at the next look.

    Args:
        times: Of the looks that were taken, > 0 and rising.
        taken: Their boundaries.
        time: Of the look, later than all of them; above 1 where more units came than were planned.
        spent_before: Of alpha, at the look before; 0 at the first.
        spent_now: Of alpha, with this look.
    """
    return _boundary(tuple(times), tuple(taken), time, spent_now - spent_before)


@lru_cache(maxsize=4096)
def _boundary(times: tuple[float, ...], taken: tuple[float, ...], time: float, chance: float) -> float:
    return next_boundary(times, taken, time, chance) if chance > 0.0 else HIGHEST


@lru_cache(maxsize=256)
def _boundaries(times: tuple[float, ...], alpha: float) -> tuple[float, ...]:
    found: list[float] = []
    before = 0.0
    for look, time in enumerate(times):
        now = spent(time, alpha)
        found.append(boundary(times[:look], found, time, before, now))
        before = now
    return tuple(found)
