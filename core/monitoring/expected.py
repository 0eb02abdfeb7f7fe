"""Quality to be expected before any outcome is known: confidence-based performance estimation (CBPE).

If probabilities are calibrated, a lead with probability p counts as p of a conversion, and the expected table of
decisions follows from the probabilities alone. The assumption is calibration: CBPE sees what a change of the leads
does to quality, and is blind to a change of what makes them convert. That is what calibration drift is watched for.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from core.monitoring.sketch import PROBABILITY_BINS, UNIT, Sketch, probability_bin
from core.version import Metric

Floats: TypeAlias = npt.NDArray[np.float64]

LEVEL = 0.95
DRAWS = 400
_MIDDLES = (np.arange(PROBABILITY_BINS) + 0.5) / PROBABILITY_BINS


def expected_metrics(sketch: Sketch, threshold: float, seed: int = 42) -> tuple[Metric, ...]:
    """Return what is to be expected of what a sketch sums up.

    Args:
        sketch: Of answers.
        threshold: Of the version, the one that the sketch was made with; in [0, 1].
        seed: Of the intervals: outcomes drawn as the probabilities say.

    Returns:
        accuracy, precision, recall, f1, auc, conversion_rate, each in [0, 1], with the range that 95 % of outcomes lead
        to. Nothing for an empty sketch; figures that do not exist are left out, such as the precision of no positives.
    """
    if not sketch.row_count:
        return ()
    values = _exact(sketch) | {"auc": float(_auc(sketch.probability_counts * _MIDDLES, sketch.probability_counts)[0])}
    middle, drawn = _drawn(sketch.probability_counts, threshold, np.random.default_rng(seed))
    found = []
    for name, value in values.items():
        around = drawn[name][~np.isnan(drawn[name])] - middle[name][0]
        if np.isnan(value) or not around.size:
            continue
        lower, upper = np.clip(value + np.quantile(around, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]), 0.0, 1.0).tolist()
        found.append(
            Metric(name=name, value=value, lower=lower, upper=upper, level=LEVEL, sample_count=sketch.row_count)
        )
    return tuple(found)


def _exact(sketch: Sketch) -> dict[str, float]:
    """Return the figures that need no bins."""
    count, conversions, hits = sketch.row_count, sketch.probability_sum * UNIT, sketch.positive_sum * UNIT
    figures = _decisions(np.array([hits]), np.array([conversions]), sketch.positive_count, count)
    return {name: float(value[0]) for name, value in figures.items()}


def _decisions(hits: Floats, conversions: Floats, positives: int, count: int) -> dict[str, Floats]:
    """Return figures of the table of decisions: ``hits`` are conversions among the ``positives``."""
    right = hits + (count - positives) - (conversions - hits)
    return {
        "accuracy": right / count,
        "precision": _ratio(hits, np.full_like(hits, positives)),
        "recall": _ratio(hits, conversions),
        "f1": _ratio(2.0 * hits, positives + conversions),
        "conversion_rate": conversions / count,
    }


def _drawn(
    counts: npt.NDArray[np.int64], threshold: float, generator: np.random.Generator
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return each figure as the bins alone tell it, (1,), and over outcomes drawn from them, (DRAWS,)."""
    used = np.flatnonzero(counts)
    total, chances = counts[used], _MIDDLES[used]
    is_positive = used >= probability_bin(np.array([threshold]))[0]
    draws = generator.binomial(total, chances, size=(DRAWS, len(used))).astype(np.float64)
    return tuple(_of_bins(won, total, is_positive) for won in ((total * chances)[None, :], draws))  # type: ignore[return-value]


def _of_bins(won: Floats, total: npt.NDArray[np.int64], is_positive: npt.NDArray[np.bool_]) -> dict[str, Floats]:
    hits, conversions = won[:, is_positive].sum(axis=1), won.sum(axis=1)
    figures = _decisions(hits, conversions, int(total[is_positive].sum()), int(total.sum()))
    return figures | {"auc": _auc(won, total)}


def _auc(won: Floats, total: npt.NDArray[np.int64]) -> Floats:
    """Return P(a conversion ranks above a loss), ties half, for conversions (r, k) or (k,) of totals (k,): (r,)."""
    wins = np.atleast_2d(won)
    losses = total - wins
    below = np.cumsum(losses, axis=1) - losses / 2.0
    return _ratio((wins * below).sum(axis=1), wins.sum(axis=1) * losses.sum(axis=1))


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)
