"""The fast kernel: every outcome of every unit is looked up, not computed."""

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
from core.explain.units import MAX_CONDITIONS, Units

_MISSING_LEFT = np.float32(-np.inf)
_MISSING_RIGHT = np.float32(np.inf)
_BLOCK_CELLS = 1 << 16
"""Conditions of the rows answered together in a batch: measured; more leaves the cache, fewer costs more calls."""


class TableKernel:
    """Contributions by table. A row's answers to the conditions of a unit form a byte, which selects a table row.

    Values are float32 and sums float64, which keeps a contribution within about 1e-7 of the exact one. Nothing is
    written after construction, so that threads may share a kernel.

    Args:
        n_features: Length of a row.
        size: uint8 (n_units,), conditions per unit, 1 to MAX_CONDITIONS. Unit u owns the next 2 ** size[u] rows of the
            table.
        feature: int32 (n_units, MAX_CONDITIONS), the feature each condition asks about and gets the credit.
        threshold: float32 of the same shape; the answer is yes below it. -inf (never) in filler.
        default_left: bool of the same shape; the answer for a missing value. False in filler.
        table: float32 (sum of 2 ** size, MAX_CONDITIONS), margin given to the feature of each condition; row b of a
            unit is for the answers whose k-th bit, counted from the lowest, is condition k's.
    """

    def __init__(
        self,
        *,
        n_features: int,
        size: npt.NDArray[np.uint8],
        feature: npt.NDArray[np.int32],
        threshold: npt.NDArray[np.float32],
        default_left: npt.NDArray[np.bool_],
        table: npt.NDArray[np.float32],
    ) -> None:
        self._n_features = n_features
        self._stored: dict[str, npt.NDArray[Any]] = {
            "size": size,
            "feature": feature,
            "threshold": threshold,
            "default_left": default_left,
            "table": table,
        }
        rows = np.left_shift(1, size.astype(np.intp))
        self._first_row = np.cumsum(rows) - rows
        self._feature = feature.ravel().astype(np.intp)
        # A prepared row holds every value twice: with missing values below every threshold, then above.
        self._source = self._feature + np.where(default_left.ravel(), 0, n_features)
        self._threshold = threshold.ravel()
        self._table = table

    @classmethod
    def build(cls, ensemble: TreeEnsemble, routes: Routes, paths: LeafPaths, units: Units) -> TableKernel:
        """Tabulate an ensemble that was cut into units."""
        real = units.conditions >= 0
        node = np.maximum(units.conditions, 0)
        # "x < -inf" holds for nothing but a missing value, and the prepared row keeps those below -LARGEST.
        threshold = np.maximum(ensemble.threshold[node], -LARGEST)
        return cls(
            n_features=ensemble.n_features,
            size=units.sizes.astype(np.uint8),
            feature=np.where(real, ensemble.feature[node], np.int32(0)),
            threshold=np.where(real, threshold, _MISSING_LEFT),
            default_left=ensemble.default_left[node] & real,
            table=_tabulate(routes, paths, units, ensemble.value[routes.leaf]),
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]], n_features: int) -> TableKernel:
        """Rebuild a kernel from :meth:`arrays`.

        Raises:
            ArtifactRefused: If an array is absent, damaged, or points outside another one.
        """
        size = stored_array(arrays, "size", np.uint8, (None,))
        shape = (len(size), MAX_CONDITIONS)
        feature = stored_array(arrays, "feature", np.int32, shape)
        threshold = stored_array(arrays, "threshold", np.float32, shape)
        default_left = stored_array(arrays, "default_left", np.bool_, shape)
        refuse_unless(((size >= 1) & (size <= MAX_CONDITIONS)).all(), "size is out of range")
        refuse_unless(((feature >= 0) & (feature < n_features)).all(), "feature is out of range")
        refuse_unless(not np.isnan(threshold).any(), "threshold is not a number")
        # A filler bit that could be set would select a row of another unit, or none.
        filler = np.arange(MAX_CONDITIONS) >= size[:, np.newaxis]
        refuse_unless((threshold[filler] == -np.inf).all() and not default_left[filler].any(), "filler is not empty")
        n_rows = int(np.left_shift(1, size.astype(np.int64)).sum())
        table = stored_array(arrays, "table", np.float32, (n_rows, MAX_CONDITIONS))
        refuse_unless(np.isfinite(table).all(), "table is not finite")
        return cls(
            n_features=n_features,
            size=size,
            feature=feature,
            threshold=threshold,
            default_left=default_left,
            table=table,
        )

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what :meth:`from_arrays` needs."""
        return dict(self._stored)

    def contributions(self, row: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Return float64 (n_features,) for a float32 row of the same length."""
        return self._look_up(row[np.newaxis], self._feature)

    def contributions_batch(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Return float64 (n, n_features) for float32 rows of the same shape."""
        n_rows = max(1, _BLOCK_CELLS // max(1, len(self._feature)))
        # Row i of a block adds to cells i * n_features and following.
        credited = (self._feature + self._n_features * np.arange(n_rows)[:, np.newaxis]).ravel()
        result = np.empty(rows.shape)
        for start in range(0, len(rows), n_rows):
            block = rows[start : start + n_rows]
            found = self._look_up(block, credited[: len(block) * len(self._feature)])
            result[start : start + n_rows] = found.reshape(block.shape)
        return result

    def _look_up(self, rows: npt.NDArray[np.float32], credited: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        """Return float64 (n * n_features,): row after row, given the cell that each value is added to."""
        n = self._n_features
        prepared = np.empty((len(rows), 2 * n), np.float32)
        low, high = prepared[:, :n], prepared[:, n:]
        clip_infinities(rows, high)
        np.fmax(high, _MISSING_LEFT, out=low)
        np.fmin(high, _MISSING_RIGHT, out=high)
        answers = np.packbits(prepared.take(self._source, axis=1) < self._threshold, bitorder="little")
        cells = self._first_row + answers.reshape(len(rows), -1)
        values = self._table.take(cells, axis=0)
        return sum_by_group(credited, values.ravel(), len(rows) * n)


def table_bytes(units: Units) -> int:
    """Return the size of the table that the units would need, in bytes."""
    return int(np.left_shift(1, units.sizes).sum()) * MAX_CONDITIONS * np.dtype(np.float32).itemsize


def _tabulate(
    routes: Routes, paths: LeafPaths, units: Units, value: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """Add up the contributions of all leaves of each unit, for all answers to the unit's conditions.

    Leaves are taken in groups with as many conditions and no two of one unit, so that every table cell is written
    once per group.
    """
    n_rows = np.left_shift(1, units.sizes)
    first_row = np.cumsum(n_rows) - n_rows
    asked, wanted, credited = _slot_masks(routes, paths, units)
    table = np.zeros((int(n_rows.sum()), MAX_CONDITIONS))
    order = np.argsort(units.unit, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - np.searchsorted(units.unit[order], units.unit[order])
    rule = quadrature(len(paths.feature))
    groups = np.stack([units.sizes[units.unit], rank])
    for size, turn in np.unique(groups, axis=1).T:
        leaves = np.flatnonzero((groups[0] == size) & (groups[1] == turn))
        answers = np.arange(1 << size)
        inside = (answers & asked[:, leaves, np.newaxis]) == wanted[:, leaves, np.newaxis]
        given = leaf_contributions(inside, paths.share[:, leaves, np.newaxis], value[leaves, np.newaxis], rule)
        cells = first_row[units.unit[leaves], np.newaxis] + answers
        for slot in range(len(given)):
            table[cells, credited[slot, leaves, np.newaxis]] += given[slot]
    return table.astype(np.float32)


def _slot_masks(routes: Routes, paths: LeafPaths, units: Units) -> tuple[npt.NDArray[np.int64], ...]:
    """Return three (width, n_leaves): bits a slot asks about, the answers it wants, the condition to credit.

    A slot that merges several conditions on one feature credits any of them.
    """
    shape = paths.feature.shape
    asked, wanted, credited = (np.zeros(shape, np.int64) for _ in range(3))
    for depth, ordinals in enumerate(units.ordinal):
        leaves = np.flatnonzero(routes.nodes[depth] >= 0)
        at = (paths.slot[depth, leaves], leaves)
        bit = np.left_shift(1, ordinals[leaves])
        asked[at] |= bit
        wanted[at] |= np.where(routes.goes_left[depth, leaves], bit, 0)
        credited[at] = ordinals[leaves]
    return asked, wanted, credited
