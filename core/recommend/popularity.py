"""Popularity: how often everybody touched an item, what is long ago counting less."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def decayed_counts(
    items: npt.NDArray[np.intp], occurred_us: npt.NDArray[np.int64], *, count: int, now_us: int, half_life_us: float
) -> Floats:
    """Return the decayed number of interactions of each item, (count,).

    Args:
        items: (n,), positions of items in the catalogue.
        occurred_us: (n,).
        count: Size of the catalogue.
        now_us: As of when.
        half_life_us: After so long an interaction counts half; infinite: all count 1.
    """
    ages = np.maximum(0, now_us - occurred_us)
    return np.bincount(items, np.exp2(-ages / half_life_us), minlength=count).astype(np.float64)


def standardised(counts: Floats) -> npt.NDArray[np.float32]:
    """Return log(1 + count), moved and scaled to mean 0 and standard deviation 1; all 0 if all are equal."""
    logs = np.log1p(counts)
    spread = logs.std() if logs.size else 0.0
    return np.asarray((logs - logs.mean()) / spread if spread > 0.0 else np.zeros(logs.size), dtype=np.float32)
