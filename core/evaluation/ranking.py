"""How well scores order leads: area under the ROC curve and average precision, for many weightings at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.evaluation.sample import Floats, Outcomes


class RankOrder(NamedTuple):
    """Leads from the highest score down, with the first position of every group of equal scores."""

    positions: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]
    converted: Outcomes
    """Of the leads in this order."""


def rank_order(outcomes: Outcomes, scores: Floats) -> RankOrder:
    """Sort once, so that every resample only has to add up weights."""
    positions = np.argsort(-scores, kind="stable")
    ordered = scores[positions]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return RankOrder(positions, starts, outcomes[positions])


def weighted_auc(order: RankOrder, weights: Floats) -> Floats:
    """Return the probability that a converted lead scores above another one, ties counting half.

    Mann and Whitney 1947; Hanley and McNeil 1982 for its being the area under the ROC curve.

    Args:
        order: From :func:`rank_order`, n leads.
        weights: float64 (r, n), how often each lead counts.

    Returns:
        float64 (r,), NaN where a weighting holds one class only.
    """
    positive, everything = _grouped(order, weights)
    negative = everything - positive
    negatives = negative.sum(axis=1)
    below = negatives[:, None] - np.cumsum(negative, axis=1)
    won = (positive * (below + negative / 2.0)).sum(axis=1)
    return _divide(won, positive.sum(axis=1) * negatives)


def weighted_average_precision(order: RankOrder, weights: Floats) -> Floats:
    """Return the area under the precision-recall curve as a sum of steps, without interpolation.

    Sum over thresholds of (recall - previous recall) * precision; Davis and Goadrich 2006 say why the trapezoid rule
    is too kind.

    Args:
        order: From :func:`rank_order`, n leads.
        weights: float64 (r, n).

    Returns:
        float64 (r,), NaN where a weighting holds no converted lead.
    """
    positive, everything = _grouped(order, weights)
    found = np.cumsum(positive, axis=1)
    precision = _divide(found, np.cumsum(everything, axis=1), empty=0.0)
    return _divide((positive * precision).sum(axis=1), found[:, -1])


def _grouped(order: RankOrder, weights: Floats) -> tuple[Floats, Floats]:
    """Return the weight of converted leads and of all leads in each group of equal scores: (r, groups) twice."""
    ordered = weights[:, order.positions]
    everything = np.add.reduceat(ordered, order.starts, axis=1)
    positive = np.add.reduceat(ordered * order.converted, order.starts, axis=1)
    return positive, everything


def _divide(above: Floats, below: Floats, *, empty: float = np.nan) -> Floats:
    return np.divide(above, below, out=np.full_like(above, empty), where=below > 0)
