"""What a version saw in training: the shape of every feature and of its scores, for "no drift" to be told from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

BIN_COUNT = 10
SCORE_BIN_COUNT = 20


def reference_arrays(
    rows: npt.NDArray[np.float32], probabilities: npt.NDArray[np.float64]
) -> dict[str, npt.NDArray[Any]]:
    """Return the reference histograms of a version.

    Args:
        rows: Training rows, (n, f), NaN = missing.
        probabilities: Their calibrated out-of-fold probabilities, (n,), in [0, 1].

    Returns:
        ``edges`` float64 (f, 9): the inner decile edges of each feature's known values; ``counts`` int64 (f, 10): known
        values per bin, bin i holding edges[i-1] < x <= edges[i]; ``missing`` int64 (f,); ``score_counts`` int64 (20,)
        over equal parts of [0, 100]; ``row_count`` int64 (); ``minimum`` and ``maximum`` float64 (f,), infinite where
        nothing is known of a feature.
    """
    row_count, width = rows.shape
    quantiles = np.linspace(0, 1, BIN_COUNT + 1)[1:-1]
    edges = np.zeros((width, BIN_COUNT - 1))
    counts = np.zeros((width, BIN_COUNT), dtype=np.int64)
    missing = np.isnan(rows).sum(axis=0).astype(np.int64)
    for column in range(width):
        known = rows[:, column][~np.isnan(rows[:, column])].astype(np.float64)
        if len(known):
            edges[column] = np.quantile(known, quantiles)
            counts[column] = bin_counts(known, edges[column])
    score_counts, _ = np.histogram(100.0 * probabilities, bins=SCORE_BIN_COUNT, range=(0.0, 100.0))
    return {
        "edges": edges,
        "counts": counts,
        "missing": missing,
        "score_counts": score_counts.astype(np.int64),
        "row_count": np.array(row_count, dtype=np.int64),
        "minimum": np.fmin.reduce(rows.astype(np.float64), axis=0, initial=np.inf),
        "maximum": np.fmax.reduce(rows.astype(np.float64), axis=0, initial=-np.inf),
    }


def bin_counts(values: npt.NDArray[np.float64], edges: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Count values per bin: int64 (len(edges) + 1,)."""
    return np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What :func:`reference_arrays` made, ready for use."""

    edges: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int64]
    missing: npt.NDArray[np.int64]
    score_counts: npt.NDArray[np.int64]
    row_count: int
    minimum: npt.NDArray[np.float64]
    """(f,): -inf where training's range is not known."""
    maximum: npt.NDArray[np.float64]

    @property
    def width(self) -> int:
        """Number of features."""
        return len(self.missing)


def reference_from_arrays(arrays: Mapping[str, npt.NDArray[Any]]) -> Reference:
    """Return the reference in arrays that :func:`check_reference` found nothing wrong with.

    Versions of older code do not say what range their training had: everything is within it.
    """
    width = len(arrays["missing"])
    low, high = arrays.get("minimum", np.full(width, np.inf)), arrays.get("maximum", np.full(width, -np.inf))
    return Reference(
        edges=arrays["edges"],
        counts=arrays["counts"],
        missing=arrays["missing"],
        score_counts=arrays["score_counts"],
        row_count=int(arrays["row_count"]),
        minimum=np.where(low <= high, low, -np.inf),
        maximum=np.where(low <= high, high, np.inf),
    )


def check_reference(arrays: Mapping[str, npt.NDArray[Any]], feature_count: int) -> str | None:
    """Return what is wrong with reference arrays for ``feature_count`` features, or None."""
    forms: dict[str, tuple[tuple[int, ...], type[np.generic]]] = {
        "edges": ((feature_count, BIN_COUNT - 1), np.float64),
        "counts": ((feature_count, BIN_COUNT), np.int64),
        "missing": ((feature_count,), np.int64),
        "score_counts": ((SCORE_BIN_COUNT,), np.int64),
        "row_count": ((), np.int64),
    }
    forms |= {name: ((feature_count,), np.float64) for name in ("minimum", "maximum") if name in arrays}
    for name, (shape, dtype) in forms.items():
        if name not in arrays or arrays[name].shape != shape or arrays[name].dtype != dtype:
            return f"array {name!r} must be {dtype.__name__} of the shape {shape}"
    return None
