"""Percentile bootstrap: how much a metric would move with other leads of the same kind (Efron and Tibshirani 1993)."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from core.errors import InvalidInput
from core.evaluation.metrics import METRIC_NAMES, Measure, measure
from core.evaluation.sample import Floats, check_sample
from core.version import Metric

_PUSHED_UP_BY_RESAMPLING = frozenset(["ece", "ece_equal_mass"])
_CELLS_AT_ONCE = 1 << 20
"""Weights held at a time: 8 MB, so that a million leads need no more memory than ten thousand."""


def bootstrap_metrics(
    outcomes: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    *,
    threshold: float,
    resamples: int = 1_000,
    seed: int = 42,
    level: float = 0.95,
) -> tuple[Metric, ...]:
    """Return every metric with a percentile interval; leads are drawn with replacement, not stratified.

    The two calibration errors are moved back by what resampling adds to them: drawing leads twice makes gaps where
    there were none, and their plain percentile interval can miss the value itself.

    Args:
        outcomes: n values, true or false.
        probabilities: n values in [0, 1].
        threshold: For F1, precision, recall, accuracy; in [0, 1]. Held fixed over the resamples.
        resamples: Number of resamples, >= 1.
        seed: Of the resampling.
        level: Of the intervals, in (0, 1).

    Returns:
        One metric for each of ``METRIC_NAMES``, in that order. ``auc`` and ``pr_auc`` are NaN without both outcomes.

    Raises:
        InvalidInput: For broken samples, a level outside (0, 1), or no resamples.
    """
    y, p = check_sample(outcomes, probabilities)
    _check(resamples, level)
    of = measure(y, p, threshold)
    values = of(np.ones((1, y.size)))
    drawn = resampled(of, y.size, resamples, np.random.default_rng(seed))
    for name in _PUSHED_UP_BY_RESAMPLING:
        drawn[name] = _recentred(drawn[name], float(values[name][0]))
    return tuple(interval_metric(name, float(values[name][0]), drawn[name], level, y.size) for name in METRIC_NAMES)


def resampled(of: Measure, size: int, resamples: int, generator: np.random.Generator) -> dict[str, Floats]:
    """Return each metric on ``resamples`` resamples of ``size`` leads: float64 (resamples,)."""
    parts = [of(weights) for weights in _weights(size, resamples, generator)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def interval_metric(name: str, value: float, drawn: Floats, level: float, size: int) -> Metric:
    """Return a metric with the interval between the (1 - level) / 2 quantiles; resamples of one class are left out."""
    known = drawn[~np.isnan(drawn)]
    if known.size == 0:
        return Metric(name=name, value=value, sample_count=size)
    lower, upper = np.quantile(known, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return Metric(name=name, value=value, lower=float(lower), upper=float(upper), level=level, sample_count=size)


def paired_bootstrap(
    outcomes: npt.ArrayLike,
    probabilities_a: npt.ArrayLike,
    probabilities_b: npt.ArrayLike,
    metric: str,
    *,
    threshold: float = 0.5,
    resamples: int = 1_000,
    seed: int = 42,
    level: float = 0.95,
) -> Metric:
    """Return ``metric`` of model b minus that of model a on the same leads, with a percentile interval.

    Each resample judges both models on the same leads, so that what makes leads easy or hard cancels out.

    Args:
        outcomes: n values, true or false.
        probabilities_a: n values in [0, 1], of the model that serves.
        probabilities_b: n values in [0, 1], of its challenger.
        metric: One of ``METRIC_NAMES``. For losses and calibration errors a negative difference is better.
        threshold: For F1, precision, recall, accuracy.
        resamples: Number of resamples, >= 1.
        seed: Of the resampling.
        level: Of the interval, in (0, 1).

    Returns:
        A metric named ``<metric>_difference``.

    Raises:
        InvalidInput: For broken samples, an unknown metric, a level outside (0, 1), or no resamples.
    """
    y, first = check_sample(outcomes, probabilities_a)
    _, second = check_sample(outcomes, probabilities_b)
    _check(resamples, level)
    if metric not in METRIC_NAMES:
        raise InvalidInput.of("metric", f"must be one of {', '.join(METRIC_NAMES)}")
    of_first, of_second = measure(y, first, threshold), measure(y, second, threshold)

    def difference(weights: Floats) -> dict[str, Floats]:
        return {metric: of_second(weights)[metric] - of_first(weights)[metric]}

    value = float(difference(np.ones((1, y.size)))[metric][0])
    drawn = resampled(difference, y.size, resamples, np.random.default_rng(seed))[metric]
    return interval_metric(f"{metric}_difference", value, drawn, level, y.size)


def _recentred(drawn: Floats, value: float) -> Floats:
    return np.asarray(np.maximum(0.0, drawn - (drawn.mean() - value)), dtype=np.float64)


def _weights(size: int, resamples: int, generator: np.random.Generator) -> Iterator[Floats]:
    """Yield how often each lead is drawn, a block of resamples at a time: float64 (r, size)."""
    block = max(1, min(resamples, _CELLS_AT_ONCE // size))
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        drawn = generator.integers(0, size, size=(rows, size))
        drawn += (np.arange(rows) * size)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * size).reshape(rows, size).astype(np.float64)


def _check(resamples: int, level: float) -> None:
    if resamples < 1:
        raise InvalidInput.of("resamples", "must be at least 1")
    if not (math.isfinite(level) and 0.0 < level < 1.0):
        raise InvalidInput.of("level", "must be between 0 and 1")
