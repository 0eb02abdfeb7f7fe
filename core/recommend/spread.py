"""Mean and covariance of many vectors: the mean and variance of their products with any other, without a pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_ROWS_AT_ONCE = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Of n vectors of length d."""

    mean: Floats
    """(d,)."""
    covariance: Floats
    """(d, d)."""

    @classmethod
    def of(cls, vectors: npt.NDArray[np.float32]) -> Spread:
        """Return the spread of the rows of ``vectors``, float32 (n, d)."""
        count, width = vectors.shape
        if count == 0:
            return cls(mean=np.zeros(width), covariance=np.zeros((width, width)))
        mean = vectors.mean(axis=0, dtype=np.float64)
        products = np.zeros((width, width))
        for start in range(0, count, _ROWS_AT_ONCE):
            block = vectors[start : start + _ROWS_AT_ONCE] - mean
            products += block.T @ block
        return cls(mean=mean, covariance=products / count)

    def mean_along(self, direction: Floats) -> float:
        """Return the mean of the products of all vectors with ``direction``, (d,)."""
        return float(self.mean @ direction)

    def variance_along(self, direction: Floats) -> float:
        """Return the variance of the products of all vectors with ``direction``, (d,)."""
        return float(direction @ self.covariance @ direction)
