"""The leads a model is judged on: outcomes beside probabilities, checked once."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from core.errors import InvalidInput, Violation

Outcomes: TypeAlias = npt.NDArray[np.bool_]
"""bool (n,): whether each lead converted."""
Floats: TypeAlias = npt.NDArray[np.float64]


def check_sample(outcomes: npt.ArrayLike, probabilities: npt.ArrayLike) -> tuple[Outcomes, Floats]:
    """Return outcomes as bool (n,) and probabilities as float64 (n,).

    Raises:
        InvalidInput: If a shape is not (n,) with n >= 1, the lengths differ, an outcome is not 0 or 1, or a
            probability is outside [0, 1] or not a number.
    """
    y = np.asarray(outcomes)
    p = np.asarray(probabilities, dtype=np.float64)
    found: list[Violation] = []
    if y.ndim != 1 or y.size == 0 or y.shape != p.shape:
        found.append(Violation(field="outcomes", rule="must be one or more values, as many as probabilities"))
    if not np.isin(y, (0, 1)).all():
        found.append(Violation(field="outcomes", rule="must each be true or false"))
    if not ((p >= 0.0) & (p <= 1.0)).all():
        found.append(Violation(field="probabilities", rule="must each be between 0 and 1"))
    if found:
        raise InvalidInput(found)
    return y.astype(np.bool_), p


def in_every_weighting(values: npt.ArrayLike, weights: Floats) -> Floats:
    """Return the weighted sum of values (n,) or (n, k) under weights (r, n): (r,) or (r, k)."""
    return np.asarray(weights @ np.asarray(values, dtype=np.float64), dtype=np.float64)
