"""The kernel for trees too deep to tabulate: every leaf is computed for every row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from core.explain.ensemble import TreeEnsemble
from core.explain.paths import LeafPaths, Routes
from core.explain.rows import LARGEST, clip_infinities
from core.explain.shapley import leaf_contributions, quadrature
from core.explain.stored import refuse_unless, stored_array
from core.explain.sums import sum_by_group

_BLOCK = 4096
"""Leaves computed together: their factors fit into a second-level cache."""


class LeafKernel:
    """Contributions leaf by leaf, for trees of any depth. Nothing is written after construction.

    Args:
        n_features: Length of a row.
        paths: Arrays of :class:`core.explain.paths.LeafPaths` by name, (width, n_leaves) each, without ``slot``.
        value: float64 (n_leaves,), margin of each leaf.
    """

    def __init__(
        self, *, n_features: int, paths: Mapping[str, npt.NDArray[Any]], value: npt.NDArray[np.float64]
    ) -> None:
        self._n_features = n_features
        self._paths = dict(paths)
        self._value = value
        self._rule = quadrature(len(paths["feature"]))

    @classmethod
    def build(cls, ensemble: TreeEnsemble, routes: Routes, paths: LeafPaths) -> LeafKernel:
        """Keep the paths of an ensemble."""
        kept = {name: getattr(paths, name) for name in ("feature", "lower", "upper", "missing_inside", "share")}
        return cls(n_features=ensemble.n_features, paths=kept, value=ensemble.value[routes.leaf])

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]], n_features: int) -> LeafKernel:
        """Rebuild a kernel from :meth:`arrays`.

        Raises:
            ArtifactRefused: If an array is absent, damaged, or points outside the row.
        """
        value = stored_array(arrays, "value", np.float64, (None,))
        feature = stored_array(arrays, "feature", np.int32, (None, len(value)))
        lower = stored_array(arrays, "lower", np.float32, feature.shape)
        upper = stored_array(arrays, "upper", np.float32, feature.shape)
        missing_inside = stored_array(arrays, "missing_inside", np.bool_, feature.shape)
        share = stored_array(arrays, "share", np.float64, feature.shape)
        refuse_unless(((feature >= 0) & (feature < n_features)).all(), "feature is out of range")
        refuse_unless(not (np.isnan(lower).any() or np.isnan(upper).any()), "a bound is not a number")
        refuse_unless(((share >= 0.0) & (share <= 1.0)).all(), "share is out of range")
        refuse_unless((np.abs(value) <= LARGEST).all(), "value is out of range")
        paths = {"feature": feature, "lower": lower, "upper": upper, "missing_inside": missing_inside, "share": share}
        return cls(n_features=n_features, paths=paths, value=value)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what :meth:`from_arrays` needs."""
        return {**self._paths, "value": self._value}

    def contributions(self, row: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Return float64 (n_features,) for a float32 row of the same length."""
        clipped = clip_infinities(row)
        total = np.zeros(self._n_features)
        for start in range(0, len(self._value), _BLOCK):
            self._add_block(clipped, slice(start, start + _BLOCK), total)
        return total

    def contributions_batch(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Return float64 (n, n_features) for float32 rows of the same shape."""
        clipped = clip_infinities(rows)
        total = np.zeros(rows.shape)
        for start in range(0, len(self._value), _BLOCK):
            for number, row in enumerate(clipped):
                self._add_block(row, slice(start, start + _BLOCK), total[number])
        return total

    def _add_block(self, row: npt.NDArray[np.float32], leaves: slice, total: npt.NDArray[np.float64]) -> None:
        paths = self._paths
        feature = paths["feature"][:, leaves]
        x = row[feature]
        inside = (x >= paths["lower"][:, leaves]) & (x < paths["upper"][:, leaves])
        inside |= np.isnan(x) & paths["missing_inside"][:, leaves]
        given = leaf_contributions(inside, paths["share"][:, leaves], self._value[leaves], self._rule)
        total += sum_by_group(feature.ravel(), given.ravel(), len(total))
