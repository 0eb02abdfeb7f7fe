"""Item factors and what a lead's own history makes of them: folding in, without training again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Positions = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folding:
    """How a lead's vector follows from the vectors of the items in its history."""

    regularization: float
    """Added to the diagonal, > 0."""
    alpha: float
    """Confidence a unit of weight brings; > 0. Only if ``confident``."""
    confident: bool
    """True: as implicit ALS was fitted, weights are confidences. False: least squares, weights are values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """What a history came to."""

    vector: Floats
    """(f,)."""
    inverse: Floats
    """(f, f): of the normal equations."""
    coefficients: Floats
    """(h,): what each past item's vector is taken times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorModel:
    """Vectors of the catalogue's items and how leads are folded in."""

    vectors: Singles
    """(n, f)."""
    gram: Floats
    """(f, f): Y'Y over all items."""
    inverse: Floats
    """(f, f): of Y'Y + regularization."""
    folding: Folding

    @classmethod
    def of(cls, vectors: Singles, folding: Folding) -> FactorModel:
        """Make one from item vectors, float32 (n, f)."""
        exact = vectors.astype(np.float64)
        gram = exact.T @ exact
        inverse = _inverse(gram + folding.regularization * np.eye(gram.shape[0]))
        return cls(vectors=vectors, gram=gram, inverse=inverse, folding=folding)

    def fold_in(self, sources: Positions, weights: Floats) -> Folded:
        """Return a lead's vector by one least-squares step of alternating least squares.

        Hu, Koren and Volinsky 2008, section 4: (Y'Y + Y'(C - I)Y + lambda I)^-1 Y'C p. Without confidences it is plain
        regularised least squares, which for orthonormal item vectors is the projection of the history.

        Args:
            sources: (h,), rows of the items in the history.
            weights: (h,); negative: the lead does not want it, and a preference of -1 is folded in.
        """
        vectors = self.vectors[sources].astype(np.float64)
        if self.folding.confident:
            confidence = self.folding.alpha * np.abs(weights)
            coefficients = np.sign(weights) * confidence
            system = self.gram + self.folding.regularization * np.eye(self.gram.shape[0])
            inverse = _inverse(system + (vectors * (confidence - 1.0)[:, None]).T @ vectors)
        else:
            coefficients, inverse = weights, self.inverse
        return Folded(vector=inverse @ (vectors.T @ coefficients), inverse=inverse, coefficients=coefficients)


def contributions(folded: Folded, vectors: Floats, targets: Floats) -> Floats:
    """Return what each past item brought to the score of each target, exactly.

    Section 5 of the same paper: the score is a sum over past items of (y_i' W y_j) times their confidence.

    Args:
        folded: Of the history.
        vectors: (h, f), of the items in the history.
        targets: (t, f), vectors of the items to explain.

    Returns:
        (h, t); the sum over the rows is ``targets @ folded.vector``.
    """
    return np.asarray(folded.coefficients[:, None] * (vectors @ folded.inverse @ targets.T), dtype=np.float64)


def _inverse(system: Floats) -> Floats:
    """Return the inverse of a positive definite matrix by Cholesky."""
    lower = np.linalg.cholesky(system)
    half = np.linalg.solve(lower, np.eye(system.shape[0]))
    return np.asarray(half.T @ half, dtype=np.float64)
