"""Exact contributions of features to the margin of a tree ensemble."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from core.errors import InvalidInput
from core.explain.ensemble import TreeEnsemble
from core.explain.leaves import LeafKernel
from core.explain.paths import LeafPaths, Routes, merge_conditions, trace_routes
from core.explain.stored import refuse_unless, stored_number
from core.explain.tables import TableKernel, table_bytes
from core.explain.units import cut_units

_FORMAT = 1
"""Version of the stored layout."""
_MAX_TABLE_BYTES = 128 * 1024 * 1024
"""Beyond this a model is explained leaf by leaf: the tables of two versions must fit beside everything else."""
_MAX_FEATURES = 1_000_000


class _Kernel(Protocol):
    def arrays(self) -> dict[str, npt.NDArray[Any]]: ...

    def contributions(self, row: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]: ...

    def contributions_batch(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]: ...


class TreeExplainer:
    """Path-dependent TreeSHAP: what ``booster.predict(..., pred_contribs=True)`` gives, many times faster.

    ``base_margin`` plus the sum of the contributions is the model's margin. Immutable: threads may share it.

    Args:
        kernel: Does the work; use :meth:`build` or :meth:`from_arrays`.
        base_margin: Expected margin (log odds): the model's base score plus each tree's mean weighted by cover. Equal
            to the bias column of ``pred_contribs``.
        n_features: Length of a row.
    """

    __slots__ = ("_kernel", "base_margin", "n_features")

    def __init__(self, kernel: TableKernel | LeafKernel, *, base_margin: float, n_features: int) -> None:
        self._kernel: _Kernel = kernel
        self.base_margin = base_margin
        self.n_features = n_features

    @classmethod
    def build(cls, ensemble: TreeEnsemble) -> TreeExplainer:
        """Prepare an ensemble. Trees of depth 6 and most of depth 7 and 8 get the fast kernel, deeper ones the slow.

        Raises:
            ArtifactRefused: If the trees are too deep and too many to explain.
        """
        routes = trace_routes(ensemble)
        paths = merge_conditions(ensemble, routes)
        single = ensemble.roots[ensemble.left[ensemble.roots] < 0]
        expected = (paths.share.prod(axis=0) * ensemble.value[routes.leaf]).sum() + ensemble.value[single].sum()
        return cls(
            _build_kernel(ensemble, routes, paths),
            base_margin=ensemble.base_margin + float(expected),
            n_features=ensemble.n_features,
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> TreeExplainer:
        """Rebuild an explainer from :meth:`arrays`, checking everything that could point outside an array.

        Raises:
            ArtifactRefused: If an array is absent, damaged or inconsistent.
        """
        refuse_unless(stored_number(arrays, "format", np.int64) == _FORMAT, f"format is not {_FORMAT}")
        base_margin = float(stored_number(arrays, "base_margin", np.float64))
        n_features = int(stored_number(arrays, "n_features", np.int64))
        refuse_unless(0 <= n_features <= _MAX_FEATURES, "n_features is out of range")
        kernel = TableKernel if "table" in arrays else LeafKernel
        return cls(kernel.from_arrays(arrays, n_features), base_margin=base_margin, n_features=n_features)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what :meth:`from_arrays` needs, ready for ``numpy.savez``. The arrays are not copies."""
        return {
            "format": np.array([_FORMAT], np.int64),
            "base_margin": np.array([self.base_margin], np.float64),
            "n_features": np.array([self.n_features], np.int64),
            **self._kernel.arrays(),
        }

    def contributions(self, row: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Explain one row.

        Args:
            row: float32 (n_features,), NaN = missing. An infinity counts as the largest finite number.

        Returns:
            float64 (n_features,): margin (log odds) each feature adds to ``base_margin``.

        Raises:
            InvalidInput: If the row has another shape.
        """
        row = np.asarray(row, np.float32)
        if row.shape != (self.n_features,):
            raise InvalidInput.of("row", f"must have {self.n_features} values")
        return self._kernel.contributions(row)

    def contributions_batch(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Explain many rows.

        Args:
            rows: float32 (n, n_features), as for :meth:`contributions`.

        Returns:
            float64 (n, n_features): the same figures as :meth:`contributions` gives for each row alone.

        Raises:
            InvalidInput: If the rows have another shape.
        """
        rows = np.asarray(rows, np.float32)
        if rows.ndim != 2 or rows.shape[1] != self.n_features:  # noqa: PLR2004 - rows and columns
            raise InvalidInput.of("rows", f"must have {self.n_features} columns")
        return self._kernel.contributions_batch(rows)


def _build_kernel(ensemble: TreeEnsemble, routes: Routes, paths: LeafPaths) -> TableKernel | LeafKernel:
    units = cut_units(routes)
    if units is None or table_bytes(units) > _MAX_TABLE_BYTES:
        return LeafKernel.build(ensemble, routes, paths)
    return TableKernel.build(ensemble, routes, paths, units)
