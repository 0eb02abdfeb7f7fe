"""Sums by group."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt


def sum_by_group(
    group: npt.NDArray[np.integer], weights: npt.NDArray[np.floating], n_groups: int
) -> npt.NDArray[np.float64]:
    """Return float64 (n_groups,): the sum of the weights of each group, added in float64.

    Args:
        group: (n,), each in [0, n_groups).
        weights: (n,).
        n_groups: How many groups there are.
    """
    return cast("npt.NDArray[np.float64]", np.bincount(group, weights, n_groups))
