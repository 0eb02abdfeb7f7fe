"""Quality of yes/no decisions at a threshold, and the threshold with the best F1."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.evaluation.sample import Floats, Outcomes, check_sample, in_every_weighting


class Decisions(NamedTuple):
    """Shares in [0, 1], each float64 (r,). What has no cases to count is 0, as in most tools."""

    precision: Floats
    recall: Floats
    f1: Floats
    accuracy: Floats


def weighted_decisions(outcomes: Outcomes, probabilities: Floats, threshold: float, weights: Floats) -> Decisions:
    """Count every weighting (r, n) of the leads; a lead counts as positive at ``probability >= threshold``."""
    chosen = probabilities >= threshold
    hit, said, true, same = in_every_weighting(
        np.stack([chosen & outcomes, chosen, outcomes, chosen == outcomes], axis=1), weights
    ).T
    return Decisions(
        precision=_share(hit, said),
        recall=_share(hit, true),
        f1=_share(2.0 * hit, said + true),
        accuracy=_share(same, weights.sum(axis=1)),
    )


def best_f1_threshold(outcomes: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    """Return the threshold with the highest F1, in [0, 1].

    It lies halfway between two neighbouring probabilities, so that ``>`` and ``>=`` decide alike; of equals the
    highest threshold is taken. Choose it on other leads than those it is judged on.

    Raises:
        InvalidInput: See :func:`core.evaluation.sample.check_sample`.
    """
    y, p = check_sample(outcomes, probabilities)
    order = np.argsort(-p, kind="stable")
    ordered = p[order]
    last = np.flatnonzero(np.concatenate((ordered[1:] != ordered[:-1], [True])))
    hit = np.cumsum(y[order])[last]
    f1 = 2.0 * hit / (last + 1 + max(1, int(y.sum())))
    best = int(np.argmax(f1))
    below = ordered[last[best] + 1] if best + 1 < last.size else 0.0
    return float((ordered[last[best]] + below) / 2.0)


def _share(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
