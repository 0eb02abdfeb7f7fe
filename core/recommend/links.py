"""Linear models from item to item: the score of an item is a weighted sum over the items in the history."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Positions = npt.NDArray[np.intp]
_ROWS_AT_ONCE = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLinks:
    """Rows of an item-item matrix B over m of the catalogue's items: what having touched one item says of the others.

    EASE (Steck 2019) and its directed kin are such matrices. A lead that was never seen is served as well as any:
    its score is the sum of the rows of what it touched.
    """

    values: Singles
    """(m, m) all weights, or (m, k) the k largest in absolute value of each row."""
    targets: npt.NDArray[np.int32] | None
    """(m, k): which item each value is for; None: the rows are complete."""

    @property
    def item_count(self) -> int:
        """How many items it knows, m."""
        return int(self.values.shape[0])

    def scores(self, sources: Positions, weights: Floats) -> Singles:
        """Return the score of each of the m items, float32 (m,).

        Args:
            sources: (h,), rows of the items in the history.
            weights: (h,), what each counts.
        """
        singles = weights.astype(np.float32)
        if self.targets is None:
            return np.asarray(singles @ self.values[sources], dtype=np.float32)
        spread = (self.values[sources] * singles[:, None]).ravel()
        summed = np.bincount(self.targets[sources].ravel(), spread, minlength=self.item_count)
        return summed.astype(np.float32)

    def contributions(self, sources: Positions, weights: Floats, targets: Positions) -> Floats:
        """Return what each past item brought to each target, (h, t); -1 as a target is an item it does not know."""
        if self.targets is None:
            found = self.values[np.ix_(sources, targets)].astype(np.float64)
        else:
            found = _found(self.values[sources], self.targets[sources], targets, self.item_count)
        found[:, targets < 0] = 0.0
        return np.asarray(found * weights[:, None], dtype=np.float64)

    def row_sums(self, sources: Positions) -> Floats:
        """Return the sum of each row, (h,)."""
        return np.asarray(self.values[sources].sum(axis=1, dtype=np.float64), dtype=np.float64)


def _found(values: Singles, rows: npt.NDArray[np.int32], targets: Positions, count: int) -> Floats:
    """Return the values of short rows at some targets, (h, t): one look at each value, however many targets.

    Args:
        values: (h, k).
        rows: (h, k): which of ``count`` items each value is for.
        targets: (t,); 0 where -1.
        count: Of items.
    """
    wanted, column_of = np.unique(targets, return_inverse=True)
    columns = np.full(count, -1, dtype=np.int32)
    columns[wanted[wanted >= 0]] = np.flatnonzero(wanted >= 0)
    places = columns[rows]
    row, at = np.nonzero(places >= 0)
    found = np.zeros((len(rows), wanted.size))
    np.add.at(found, (row, places[row, at]), values[row, at])
    return found[:, column_of]


def largest_of_rows(dense: Singles, count: int) -> ItemLinks:
    """Keep the ``count`` largest weights by absolute value of each row of an (m, m) matrix."""
    if count >= dense.shape[1]:
        return ItemLinks(values=dense, targets=None)
    targets = np.empty((len(dense), count), dtype=np.int32)
    values = np.empty((len(dense), count), dtype=np.float32)
    for start in range(0, len(dense), _ROWS_AT_ONCE):
        block = dense[start : start + _ROWS_AT_ONCE]
        chosen = np.sort(np.argpartition(-np.abs(block), count - 1, axis=1)[:, :count], axis=1)
        targets[start : start + len(block)] = chosen
        values[start : start + len(block)] = np.take_along_axis(block, chosen, axis=1)
    return ItemLinks(values=values, targets=targets)
