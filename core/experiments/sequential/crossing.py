"""Chances that a test statistic crosses its boundaries, look by look.

Without an effect the z statistics of looks at times t are B(t) / sqrt(t), where B is a Brownian motion; an effect adds
a drift. The density of B among the tests that crossed nothing so far is carried from look to look by numerical
integration (Armitage, McPherson and Rowe 1969; Jennison and Turnbull 2000, chapter 19).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

HIGHEST = 8.0
"""No boundary is higher: chance alone exceeds it once in 10^15 looks."""
_REACH = 9.0
"""Standard deviations from the middle beyond which a density is nothing."""
_PANEL_POINTS = 12
_PANEL_DEVIATIONS = 3.0
"""Width of a panel, in standard deviations of the step between two looks."""
_MOST_PANELS = 64
_SHORTEST_STEP = 5e-4
"""Shorter steps than grids can show count as none: whoever is beyond the newer boundary drops out, nobody moves."""
_CLOSE = 1e-10
"""Boundaries are found to this."""

_Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Survivors:
    """Tests that crossed nothing up to a time."""

    time: float
    positions: _Vector
    """Of B; (n,)."""
    masses: _Vector
    """Density times the weight of integration; (n,), sums to the share that is left."""


@dataclass(frozen=True, slots=True)
class _History:
    """Looks that were taken. Hashable: what follows from it is worked out once."""

    times: tuple[float, ...]
    boundaries: tuple[float, ...]
    drift: float

    @property
    def before(self) -> _History:
        """The same without the newest look."""
        return _History(self.times[:-1], self.boundaries[:-1], self.drift)


def crossings(times: Sequence[float], boundaries: Sequence[float], drift: float = 0.0) -> list[tuple[float, float]]:
    """Return for each look the chances to cross there first: (above, below).

    Args:
        times: Of the looks, > 0 and rising; 1 is the horizon.
        boundaries: Of |z|, > 0, as many.
        drift: Mean of z at time 1.
    """
    chances = []
    for look, (time, boundary) in enumerate(zip(times, boundaries, strict=True)):
        history = _History(tuple(times[:look]), tuple(boundaries[:look]), drift)
        survivors = _survivors(history, time)
        chances.append((_above(survivors, time, boundary, drift), _above(_mirrored(survivors), time, boundary, -drift)))
    return chances


def next_boundary(times: Sequence[float], boundaries: Sequence[float], time: float, chance: float) -> float:
    """Return the boundary that a test without an effect crosses for the first time at ``time``, with a chance.

    Args:
        times: Of the looks before, > 0 and rising.
        boundaries: Of |z| then, as many.
        time: Of the look, later than all of them.
        chance: To cross on either side, in [0, 1).

    Returns:
        Of |z|, in (0, 8].
    """
    survivors = _survivors(_History(tuple(times), tuple(boundaries), 0.0), time)
    low, high = 0.0, HIGHEST
    if 2.0 * _above(survivors, time, high, 0.0) >= chance:
        return HIGHEST
    while high - low > _CLOSE:
        middle = (low + high) / 2.0
        if 2.0 * _above(survivors, time, middle, 0.0) > chance:
            low = middle
        else:
            high = middle
    return high


def _above(survivors: _Survivors | None, time: float, boundary: float, drift: float) -> float:
    """Return the chance that a survivor is above the boundary at ``time``; without looks before, anybody."""
    from scipy.special import ndtr  # noqa: PLC0415 - the server starts without scipy

    edge = boundary * math.sqrt(time)
    if survivors is None:
        return float(ndtr((drift * time - edge) / math.sqrt(time)))
    step = time - survivors.time
    return float(survivors.masses @ ndtr((survivors.positions + drift * step - edge) / math.sqrt(step)))


def _mirrored(survivors: _Survivors | None) -> _Survivors | None:
    return survivors and _Survivors(survivors.time, -survivors.positions, survivors.masses)


def _survivors(history: _History, following: float) -> _Survivors | None:
    """Return those of the newest look, on a grid that is fine enough for a look at ``following``."""
    if not history.times:
        return None
    lower, upper = _limits(history)
    steps = np.diff([history.before.times[-1] if len(history.times) > 1 else 0.0, history.times[-1], following])
    panels = (upper - lower) / (_PANEL_DEVIATIONS * math.sqrt(max(float(steps.min()), 1e-12)))
    return _on_grid(history, min(_MOST_PANELS, 1 << max(1, math.ceil(math.log2(panels)))))


def _limits(history: _History) -> tuple[float, float]:
    """Return between which positions survivors are; a sliver at the edge where a drift leaves next to none."""
    time, boundary = history.times[-1], history.boundaries[-1]
    edge, middle, reach = boundary * math.sqrt(time), history.drift * time, _REACH * math.sqrt(time)
    lower = min(max(-edge, middle - reach), edge - _CLOSE)
    return lower, max(min(edge, middle + reach), lower + _CLOSE)


@lru_cache(maxsize=1024)
def _on_grid(history: _History, panels: int) -> _Survivors:
    """Return the survivors of the newest look by composite Gauss-Legendre quadrature."""
    time, drift = history.times[-1], history.drift
    if len(history.times) > 1 and time - history.times[-2] < _SHORTEST_STEP:
        return _still_inside(history, panels)
    positions, weights = _grid(*_limits(history), panels)
    before = _survivors(history.before, time)
    if before is None:
        densities = _normal(positions - drift * time, time)
    else:
        step = time - before.time
        densities = _normal(positions[:, None] - (before.positions + drift * step)[None, :], step) @ before.masses
    return _Survivors(time, positions, densities * weights)


def _still_inside(history: _History, panels: int) -> _Survivors:
    lower, upper = _limits(history)
    before = _on_grid(history.before, panels)
    inside = (lower <= before.positions) & (before.positions <= upper)
    return _Survivors(history.times[-1], before.positions[inside], before.masses[inside])


def _normal(distances: _Vector, variance: float) -> _Vector:
    densities: _Vector = np.exp(distances * distances / (-2.0 * variance)) / math.sqrt(2.0 * math.pi * variance)
    return densities


def _grid(lower: float, upper: float, panels: int) -> tuple[_Vector, _Vector]:
    """Return points and weights: panels of equal width with Gauss-Legendre points each; both (n,)."""
    points, weights = _panel()
    half = (upper - lower) / (2.0 * panels)
    middles = lower + half * (2.0 * np.arange(panels) + 1.0)
    return (middles[:, None] + half * points[None, :]).ravel(), np.tile(half * weights, panels)


@lru_cache(maxsize=1)
def _panel() -> tuple[_Vector, _Vector]:
    points, weights = np.polynomial.legendre.leggauss(_PANEL_POINTS)
    return points, weights
