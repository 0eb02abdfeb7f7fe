"""Finds the least value of a smooth convex function of very many numbers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Singles = npt.NDArray[np.float32]
Objective = Callable[[Singles], tuple[float, Singles]]
"""Takes (n,); returns the value there and the slopes, (n,)."""

_PAIRS = 10
"""Steps that are remembered."""
_ENOUGH = 1e-4
"""Share of the expected gain that a step must bring (Armijo 1966)."""
_MOST_HALVINGS = 20


def descend(objective: Objective, start: Singles, *, most_steps: int, tolerance: float, flat: float) -> Singles:
    """Return where a function is least, by L-BFGS (Nocedal and Wright 2006, algorithms 7.4 and 3.1).

    Without bounds a step costs a fraction of what it costs scipy's L-BFGS-B, and the same start gives the same end.

    Args:
        objective: The function.
        start: (n,)
        most_steps: After so many it ends wherever it is.
        tolerance: It ends with a step that gains less than this share of the value.
        flat: It ends where no slope is larger.
    """
    at = start
    value, slopes = objective(at)
    pairs: deque[tuple[Singles, Singles, float]] = deque(maxlen=_PAIRS)
    for _ in range(most_steps):
        if np.abs(slopes).max() <= flat:
            break
        way = _direction(slopes, pairs)
        found = _stepped(objective, at, value, way, float(slopes @ way))
        if found is None:
            break
        new_at, new_value, new_slopes = found
        step, bend = new_at - at, new_slopes - slopes
        curvature = float(step @ bend)
        if curvature > 0.0:
            pairs.append((step, bend, curvature))
        gain = value - new_value
        at, value, slopes = new_at, new_value, new_slopes
        if gain <= tolerance * max(abs(value), 1.0):
            break
    return at


def _direction(slopes: Singles, pairs: deque[tuple[Singles, Singles, float]]) -> Singles:
    way = -slopes
    if not pairs:
        # Nothing is known of the curvature: a step of length 1 at most.
        return np.asarray(way / np.float32(max(1.0, float(np.linalg.norm(way)))))
    shares = []
    for step, bend, curvature in reversed(pairs):
        share = float(step @ way) / curvature
        shares.append(share)
        way -= np.float32(share) * bend
    _, bend, curvature = pairs[-1]
    way *= np.float32(curvature / float(bend @ bend))
    for (step, bend, curvature), share in zip(pairs, reversed(shares), strict=True):
        way += np.float32(share - float(bend @ way) / curvature) * step
    return way


def _stepped(
    objective: Objective, at: Singles, value: float, way: Singles, slope: float
) -> tuple[Singles, float, Singles] | None:
    length = 1.0
    for _ in range(_MOST_HALVINGS):
        new_at = at + np.float32(length) * way
        new_value, slopes = objective(new_at)
        if new_value <= value + _ENOUGH * length * slope:
            return new_at, new_value, slopes
        length /= 2.0
    return None
