"""How well a recommender finds what leads did next: recall, NDCG and coverage, with intervals over leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.version import Metric
from training.recommend.histories import Csr, positives
from training.recommend.interactions import InteractionTable

Singles = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]

CUTOFF = 20
RESAMPLES = 1_000
LEVEL = 0.95
_MOST_CELLS = 20_000_000
"""Scores held at once in a search, for each part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Leads with a history and what they did next, which is to be found among all items they had not touched."""

    history: InteractionTable
    leads: Positions
    """(l,), those with something to find."""
    seen: npt.NDArray[np.bool_]
    """(l, items)."""
    wanted: npt.NDArray[np.bool_]
    """(l, items)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """How one recommender did."""

    recall: Mapping[int, Floats]
    """By cutoff, (l,): share of what was wanted that is among the first so many."""
    ndcg: Mapping[int, Floats]
    """By cutoff, (l,)."""
    coverage: float
    """Share of the catalogue that is in anyone's first 20."""


def make_task(history: InteractionTable, held: InteractionTable) -> Task:
    """Return the task of finding the wanted rows of ``held``; as many leads as fit in memory, evenly chosen."""
    wanted, seen = _touched(held, wanted_only=True), _touched(history, wanted_only=False)
    known = (np.diff(wanted.indptr) > 0) & (np.diff(seen.indptr) > 0)
    leads = np.flatnonzero(known)
    most = max(1, _MOST_CELLS // max(1, len(history.item_ids)))
    leads = leads[:: max(1, -(-leads.size // most))]
    seen_cells = seen[leads].toarray() > 0
    wanted_cells = (wanted[leads].toarray() > 0) & ~seen_cells
    some = wanted_cells.any(axis=1)
    return Task(history=history, leads=leads[some], seen=seen_cells[some], wanted=wanted_cells[some])


def top_items(scores: Singles, seen: npt.NDArray[np.bool_], count: int) -> Positions:
    """Return the best unseen items of each lead, best first: (l, count)."""
    open_scores = np.where(seen, -np.inf, scores)
    kept = min(count, scores.shape[1])
    top = np.argpartition(-open_scores, kept - 1, axis=1)[:, :kept]
    order = np.argsort(-np.take_along_axis(open_scores, top, axis=1), axis=1, kind="stable")
    return np.take_along_axis(top, order, axis=1).astype(np.intp)


def mean_ndcg(task: Task, scores: Singles) -> float:
    """Return the mean NDCG@20 of scores, float32 (l, items)."""
    return float(ndcg_of(task, top_items(scores, task.seen, CUTOFF), CUTOFF).mean())


def ndcg_of(task: Task, top: Positions, cutoff: int) -> Floats:
    """Return NDCG of each lead, (l,): binary gains, discount log2(1 + rank) (Jarvelin and Kekalainen 2002)."""
    hits = np.take_along_axis(task.wanted, top[:, :cutoff], axis=1)
    discounts = 1.0 / np.log2(np.arange(2, cutoff + 2))
    best = np.concatenate([[0.0], np.cumsum(discounts)])[np.minimum(task.wanted.sum(axis=1), cutoff)]
    return np.asarray((hits * discounts[: hits.shape[1]]).sum(axis=1) / best, dtype=np.float64)


def rank(task: Task, scores: Singles, cutoffs: Sequence[int] = (10, CUTOFF)) -> Ranking:
    """Return how scores, float32 (l, items), do."""
    top = top_items(scores, task.seen, max(cutoffs))
    hits = np.take_along_axis(task.wanted, top, axis=1)
    wanted = task.wanted.sum(axis=1)
    return Ranking(
        recall={k: np.asarray(hits[:, :k].sum(axis=1) / wanted, dtype=np.float64) for k in cutoffs},
        ndcg={k: ndcg_of(task, top, k) for k in cutoffs},
        coverage=np.unique(top[:, :CUTOFF]).size / task.wanted.shape[1],
    )


def mean_metric(name: str, values: Floats, seed: int) -> Metric:
    """Return a mean over leads with a percentile bootstrap interval (Efron and Tibshirani 1993)."""
    drawn = _resampled_means(values, seed)
    lower, upper = np.quantile(drawn, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    return Metric(
        name=name,
        value=float(values.mean()),
        lower=float(lower),
        upper=float(upper),
        level=LEVEL,
        sample_count=values.size,
    )


def paired_metric(name: str, ours: Floats, other: Floats, seed: int) -> Metric:
    """Return the mean of ours minus other, of the same leads, with its interval."""
    return mean_metric(name, ours - other, seed)


def _resampled_means(values: Floats, seed: int) -> Floats:
    generator = np.random.default_rng(seed)
    means = [values[generator.integers(0, values.size, values.size)].mean() for _ in range(RESAMPLES)]
    return np.array(means, dtype=np.float64)


def _touched(table: InteractionTable, *, wanted_only: bool) -> Csr:
    if wanted_only:
        return positives(table)
    return abs(positives(table)) + _disliked(table)


def _disliked(table: InteractionTable) -> Csr:
    flipped = InteractionTable(
        lead_ids=table.lead_ids,
        item_ids=table.item_ids,
        leads=table.leads,
        items=table.items,
        weights=-table.weights,
        occurred_us=table.occurred_us,
    )
    return positives(flipped)
