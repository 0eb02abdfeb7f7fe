"""The histories of leads as sparse matrices, weighed as a recommender weighs them when it serves."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from core.recommend.blending import HALF_TRUST, SMALLEST_SPREAD, strengths
from core.recommend.known import MOST_USED
from training.recommend.interactions import InteractionTable

Positions = npt.NDArray[np.intp]
Singles = npt.NDArray[np.float32]
Csr = Any
"""scipy's sparse matrices have no types."""


def history_matrix(
    table: InteractionTable, leads: Positions, *, recency: float, power: float, newest: int | None = MOST_USED
) -> Csr:
    """Return what each item in the newest interactions of some leads counts: sparse float32 (leads, items).

    Args:
        table: Of everybody.
        leads: Whose histories.
        recency: The k-th newest counts k to the power of minus this.
        power: Of the strength of a wish.
        newest: How many of each lead count; None: all.
    """
    starts = table.starts()
    rank = starts[1:][table.leads] - np.arange(len(table))
    values = strengths(table.weights, power) * rank.astype(np.float64) ** -recency
    used = rank <= (newest or rank.max(initial=1))
    row_of = np.full(len(table.lead_ids), -1, dtype=np.intp)
    row_of[leads] = np.arange(leads.size)
    kept = used & (row_of[table.leads] >= 0)
    shape = (leads.size, len(table.item_ids))
    return sparse.csr_matrix(
        (values[kept].astype(np.float32), (row_of[table.leads[kept]], table.items[kept])), shape=shape
    )


def positives(table: InteractionTable) -> Csr:
    """Return 1 where a lead wanted an item: sparse float32 (leads, items)."""
    wanted = table.weights > 0.0
    shape = (len(table.lead_ids), len(table.item_ids))
    ones = np.ones(int(wanted.sum()), dtype=np.float32)
    return sparse.csr_matrix((ones, (table.leads[wanted], table.items[wanted])), shape=shape)


def standardise(scores: Singles, history: Csr) -> Singles:
    """Return scores moved and scaled to mean 0 and variance 1 for each lead, times the trust in its history."""
    counts = np.diff(history.indptr).astype(np.float64)
    trusted = counts / (counts + HALF_TRUST)
    spread = scores.std(axis=1, dtype=np.float64)
    factor = np.where(spread > SMALLEST_SPREAD, trusted / np.maximum(spread, SMALLEST_SPREAD), 0.0)
    return np.asarray((scores - scores.mean(axis=1, keepdims=True)) * factor[:, None], dtype=np.float32)
