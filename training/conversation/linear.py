"""Logistic regression over blocks of inputs, dense and sparse: many classes at once, quick enough to search with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.special import expit, logsumexp

from training.conversation.descent import descend

Singles = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Block = Any
"""One input, (n, width): an array of single precision, or a sparse matrix (scipy has no types)."""
Blocks = Mapping[str, Block]

MOST_ITERATIONS = 60
_TOLERANCE = 3e-5
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
    used = [_Used.of(blocks[name], scale) for name, scale in scales.items()]
    edges = np.cumsum([0, *(each.block.shape[1] for each in used)])
    loss = _binary_loss if multi_label else _softmax_loss
    counts = np.ones(len(targets)) if weights is None else weights
    total = float(counts.sum())

    def objective(flat: Singles) -> tuple[float, Singles]:
        values = flat.reshape(edges[-1] + 1, -1)
        logits = np.tile(values[-1].astype(np.float64), (len(targets), 1))
        for place, each in enumerate(used):
            each.add_to(logits, values[edges[place] : edges[place + 1]])
        value, slopes = loss(logits, targets, counts)
        gradient = np.empty_like(values)
        narrow = slopes.astype(np.float32)
        for place, each in enumerate(used):
            gradient[edges[place] : edges[place + 1]] = each.slopes(narrow)
        gradient[:-1] += values[:-1] / np.float32(strength)
        gradient[-1] = slopes.sum(axis=0)
        penalty = 0.5 * float(np.vdot(values[:-1], values[:-1])) / strength
        return (value + penalty) / total, gradient.ravel() / np.float32(total)

    start = np.zeros((edges[-1] + 1) * targets.shape[1], dtype=np.float32)
    best = descend(objective, start, most_steps=MOST_ITERATIONS, tolerance=_TOLERANCE, flat=_FLAT)
    values = best.reshape(edges[-1] + 1, -1)
    found = {
        name: each.spread(values[edges[place] : edges[place + 1]])
        for place, (name, each) in enumerate(zip(scales, used, strict=True))
    }
    return LinearModel(weights=found, shifts=values[-1].copy())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Used:
    """A block without what is 0 all over: rows of a dense one, columns of a sparse one, whose weights stay 0."""

    block: Block
    scale: np.float32
    rows: npt.NDArray[np.intp] | None
    """Those that are there; None: all."""
    columns: npt.NDArray[np.intp] | None
    width: int
    """Columns with those that are not there."""

    @classmethod
    def of(cls, block: Block, scale: float) -> _Used:
        rows = columns = None
        width = block.shape[1]
        if sp.issparse(block):
            columns = np.unique(block.indices)
            block = block[:, columns]
        else:
            there = block.any(axis=1)
            if not there.all():
                rows = np.flatnonzero(there)
                block = block[rows]
        return cls(block=block, scale=np.float32(scale), rows=rows, columns=columns, width=width)

    def add_to(self, logits: Doubles, weights: Singles) -> None:
        """Add what the block says to logits, (n, classes)."""
        found = self.block @ (weights * self.scale)
        if self.rows is None:
            logits += found
        else:
            logits[self.rows] += found

    def slopes(self, of_logits: Singles) -> Singles:
        """Return the slopes of the weights by those of the logits."""
        given = of_logits if self.rows is None else of_logits[self.rows]
        return np.asarray((self.block.T @ given) * self.scale)

    def spread(self, weights: Singles) -> Singles:
        """Return the weights of all columns, (width, classes), for the block as it was given."""
        found = np.zeros((self.width, weights.shape[1]), dtype=np.float32)
        found[slice(None) if self.columns is None else self.columns] = weights * self.scale
        return found


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
    shifted = logits - logits.max(axis=1, keepdims=True)
    found = np.exp(shifted)
    totals = found.sum(axis=1)
    value = float(counts @ (targets.sum(axis=1) * np.log(totals) - np.einsum("nc,nc->n", targets, shifted)))
    return value, (found / totals[:, None] - targets) * counts[:, None]


def _binary_loss(logits: Doubles, targets: Singles, counts: Doubles) -> tuple[float, Doubles]:
    losses = np.logaddexp(0.0, logits) - targets * logits
    return float((counts[:, None] * losses).sum()), (expit(logits) - targets) * counts[:, None]
