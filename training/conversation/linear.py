"""Logistic regression over blocks of inputs, dense and sparse: many classes at once, quick enough to search with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit, logsumexp

Singles = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Block = Any
"""One input, (n, width): an array of single precision, or a sparse matrix (scipy has no types)."""
Blocks = Mapping[str, Block]

MOST_ITERATIONS = 100
_TOLERANCE = 1e-6
"""Relative change of the loss at which a fit ends."""
_FLAT = 1e-4
"""Largest slope of the mean loss at which a fit ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearModel:
    """Weights of each block and a shift: ``logits = sum of block @ weights + shifts``."""

    weights: Mapping[str, Singles]
    """Block name to (width, classes)."""
    shifts: Singles
    """(classes,)"""

    def logits(self, blocks: Blocks) -> Doubles:
        """Return (n, classes)."""
        found = np.zeros((rows_of(blocks), self.shifts.size)) + self.shifts
        for name, weights in self.weights.items():
            found += blocks[name] @ weights
        return found

    def scaled(self, slopes: Doubles, shifts: Doubles) -> LinearModel:
        """Return the model of ``slopes * logits + shifts``; both (classes,)."""
        return LinearModel(
            weights={name: np.asarray(each * slopes, dtype=np.float32) for name, each in self.weights.items()},
            shifts=np.asarray(self.shifts * slopes + shifts, dtype=np.float32),
        )


def rows_of(blocks: Blocks) -> int:
    """Return how many rows the blocks have."""
    return int(next(iter(blocks.values())).shape[0])


def taken(blocks: Blocks, rows: npt.NDArray[np.intp]) -> dict[str, Block]:
    """Return some rows of each block."""
    return {name: block[rows] for name, block in blocks.items()}


def fit_linear(
    blocks: Blocks,
    targets: Singles,
    scales: Mapping[str, float],
    *,
    strength: float,
    multi_label: bool,
    weights: Doubles | None = None,
) -> LinearModel:
    """Fit by L-BFGS (Liu, Nocedal 1989) from zero: the same data give the same model.

    Minimises ``sum of weighted losses + |w|^2 / (2 strength)`` where a block's inputs are multiplied by its scale: a
    small scale penalises the weights of a block more. Shifts are not penalised.

    Args:
        blocks: The inputs; those without a scale are not looked at.
        targets: (n, classes), 1 where a class holds; rows of one that sum to 1 unless ``multi_label``.
        scales: Block name to factor, > 0.
        strength: Inverse of the penalty, as ``C`` of scikit-learn; > 0.
        multi_label: Classes are told one by one (binary cross-entropy), not against each other (softmax).
        weights: How much each row counts, (n,); None: 1.
    """
    used = {name: blocks[name] for name in scales}
    widths = [block.shape[1] for block in used.values()]
    edges = np.cumsum([0, *widths])
    classes = targets.shape[1]
    loss = _binary_loss if multi_label else _softmax_loss
    counts = np.ones(len(targets)) if weights is None else weights
    total = float(counts.sum())
    factors = list(scales.values())

    def objective(flat: Doubles) -> tuple[float, Doubles]:
        values = flat.reshape(edges[-1] + 1, classes)
        logits = np.tile(values[-1], (len(targets), 1))
        for place, block in enumerate(used.values()):
            part = values[edges[place] : edges[place + 1]] * factors[place]
            logits += block @ part.astype(np.float32)
        value, slopes = loss(logits, targets, counts)
        gradient = np.empty_like(values)
        narrow = slopes.astype(np.float32)
        for place, block in enumerate(used.values()):
            gradient[edges[place] : edges[place + 1]] = (block.T @ narrow) * factors[place]
        gradient[:-1] += values[:-1] / strength
        gradient[-1] = slopes.sum(axis=0)
        penalty = 0.5 * float((values[:-1] ** 2).sum()) / strength
        return (value + penalty) / total, gradient.ravel() / total

    start = np.zeros((edges[-1] + 1) * classes)
    options = {"maxiter": MOST_ITERATIONS, "ftol": _TOLERANCE, "gtol": _FLAT}
    best = minimize(objective, start, jac=True, method="L-BFGS-B", options=options).x.reshape(-1, classes)
    found = {
        name: np.asarray(best[edges[place] : edges[place + 1]] * factors[place], dtype=np.float32)
        for place, name in enumerate(used)
    }
    return LinearModel(weights=found, shifts=np.asarray(best[-1], dtype=np.float32))


def row_losses(logits: Doubles, targets: Singles, *, multi_label: bool) -> Doubles:
    """Return the log-loss of each row, nats, (n,): of several classes told one by one, the mean."""
    if multi_label:
        return np.asarray((np.logaddexp(0.0, logits) - targets * logits).mean(axis=1))
    return -np.asarray((targets * _logs(logits)).sum(axis=1))


def probabilities(logits: Doubles, *, multi_label: bool) -> Doubles:
    """Return what logits stand for, (n, classes)."""
    return np.asarray(expit(logits) if multi_label else np.exp(_logs(logits)))


def _logs(logits: Doubles) -> Doubles:
    return np.asarray(logits - logsumexp(logits, axis=1, keepdims=True))


def _softmax_loss(logits: Doubles, targets: Singles, counts: Doubles) -> tuple[float, Doubles]:
    logs = _logs(logits)
    value = -float((counts[:, None] * targets * logs).sum())
    return value, (np.exp(logs) - targets) * counts[:, None]


def _binary_loss(logits: Doubles, targets: Singles, counts: Doubles) -> tuple[float, Doubles]:
    losses = np.logaddexp(0.0, logits) - targets * logits
    return float((counts[:, None] * losses).sum()), (expit(logits) - targets) * counts[:, None]
