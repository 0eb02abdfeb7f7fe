"""Item-to-item models: EASE, and its directed kin that knows what comes after what."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse

from training.recommend.histories import Csr, positives
from training.recommend.interactions import InteractionTable

Singles = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]
Precision = npt.NDArray[np.floating[Any]]

EXACT_UP_TO = 4_000
"""Items; above it the inverse is found in single precision, in half the memory."""
MOST_LINKED = 10_000
"""Items; the inverse of more does not fit in memory beside everything else."""
_MOST_PAIRS = 20_000_000
_LONGEST_GAP = 100


def linked_items(table: InteractionTable) -> Positions:
    """Return the items that item-to-item models are over: all, or the 10,000 most wanted; in catalogue order."""
    counts = np.bincount(table.items[table.weights > 0.0], minlength=len(table.item_ids))
    order = np.argsort(-counts, kind="stable")[:MOST_LINKED]
    return np.sort(order[counts[order] > 0]).astype(np.intp)


def precision_matrix(table: InteractionTable, members: Positions, penalty: float) -> Precision:
    """Return (X'X + penalty)^-1 over the items ``members``: float (m, m)."""
    wanted = positives(table)[:, members]
    gram = (wanted.T @ wanted).toarray()
    kind: type[np.floating[Any]] = np.float64 if members.size <= EXACT_UP_TO else np.float32
    gram = np.asfortranarray(gram, dtype=kind)
    gram[np.diag_indices(members.size)] += penalty
    factor, _ = linalg.cho_factor(gram, lower=True, overwrite_a=True)
    invert = linalg.get_lapack_funcs("potri", (factor,))
    inverse, _ = invert(factor, lower=True, overwrite_c=True)
    for row in range(members.size):
        inverse[row, row + 1 :] = inverse[row + 1 :, row]
    return np.ascontiguousarray(inverse, dtype=kind)


def ease(precision: Precision) -> Singles:
    """Return the item-item weights of EASE, float32 (m, m) with zeros on the diagonal.

    Steck 2019, "Embarrassingly shallow autoencoders for sparse data", the closed form: minus P over its diagonal.
    """
    weights: Singles = (-precision / np.diag(precision)).astype(np.float32)
    np.fill_diagonal(weights, 0.0)
    return weights


def followers(table: InteractionTable, members: Positions, half_life: float) -> Csr:
    """Return how often one item came after another, the nearer the more: sparse float32 (m, m).

    An item d places further on counts 2 ** (-d / half_life). Nothing further than five half-lives counts.

    Args:
        table: Interactions.
        members: Items the answer is over.
        half_life: In places.
    """
    row_of = np.full(len(table.item_ids), -1, dtype=np.intp)
    row_of[members] = np.arange(members.size)
    kept = (row_of[table.items] >= 0) & (table.weights > 0.0)
    leads, rows = table.leads[kept], row_of[table.items[kept]]
    most = int(min(5 * half_life, _LONGEST_GAP, max(5, _MOST_PAIRS // max(1, rows.size))))
    total = sparse.csr_matrix((members.size, members.size), dtype=np.float32)
    sources, targets, values = [], [], []
    for gap in range(1, min(most, rows.size - 1) + 1):
        same = leads[:-gap] == leads[gap:]
        sources.append(rows[:-gap][same])
        targets.append(rows[gap:][same])
        values.append(np.full(int(same.sum()), 0.5 ** (gap / half_life), dtype=np.float32))
    if sources:
        places = (np.concatenate(sources), np.concatenate(targets))
        total = sparse.csr_matrix((np.concatenate(values), places), shape=total.shape)
    return total


def transitions(precision: Precision, following: Csr) -> Singles:
    """Return the ridge regression of what follows on what came before, float32 (m, m), zeros on the diagonal.

    As EASE, but the items to predict are the later ones only, weighted by nearness; the item-transition model of Choi
    and others 2021 ("Session-aware linear item-item models"), solved without its constraints on the diagonal.
    """
    weights = np.ascontiguousarray((following.T @ precision).T, dtype=np.float32)
    np.fill_diagonal(weights, 0.0)
    return weights
