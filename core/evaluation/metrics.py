"""Every figure of quality under one name, for the whole sample or for many resamples of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from core.evaluation.calibration import equal_mass_bins, equal_width_bins, weighted_ece
from core.evaluation.decisions import weighted_decisions
from core.evaluation.losses import log_losses, squared_losses
from core.evaluation.ranking import rank_order, weighted_auc, weighted_average_precision
from core.evaluation.sample import Floats, Outcomes, check_sample, in_every_weighting

Measure = Callable[[Floats], dict[str, Floats]]
"""Takes weights float64 (r, n), returns each metric as float64 (r,)."""

METRIC_NAMES = (
    "auc",
    "pr_auc",
    "log_loss",
    "brier",
    "ece",
    "ece_equal_mass",
    "f1",
    "precision",
    "recall",
    "accuracy",
    "base_rate",
)
THRESHOLD_METRICS = frozenset(["f1", "precision", "recall", "accuracy"])


def measure(outcomes: Outcomes, probabilities: Floats, threshold: float) -> Measure:
    """Prepare all metrics of one sample; sorting and binning happen once, here."""
    order = rank_order(outcomes, probabilities)
    losses = np.stack([log_losses(outcomes, probabilities), squared_losses(outcomes, probabilities), outcomes], axis=1)
    ece = partial(weighted_ece, outcomes, probabilities, equal_width_bins(probabilities))
    ece_equal_mass = partial(weighted_ece, outcomes, probabilities, equal_mass_bins(probabilities))

    def of(weights: Floats) -> dict[str, Floats]:
        means = in_every_weighting(losses, weights) / weights.sum(axis=1, keepdims=True)
        decisions = weighted_decisions(outcomes, probabilities, threshold, weights)
        return {
            "auc": weighted_auc(order, weights),
            "pr_auc": weighted_average_precision(order, weights),
            "log_loss": means[:, 0],
            "brier": means[:, 1],
            "ece": ece(weights),
            "ece_equal_mass": ece_equal_mass(weights),
            **decisions._asdict(),
            "base_rate": means[:, 2],
        }

    return of


def evaluate(outcomes: npt.ArrayLike, probabilities: npt.ArrayLike, threshold: float = 0.5) -> dict[str, float]:
    """Return every metric of ``METRIC_NAMES``.

    Args:
        outcomes: n values, true or false.
        probabilities: n values in [0, 1].
        threshold: A lead counts as positive at ``probability >= threshold``; in [0, 1].

    Returns:
        ``auc`` and ``pr_auc`` in [0, 1] (NaN without both outcomes), ``log_loss`` in nats, the rest in [0, 1].

    Raises:
        InvalidInput: See :func:`core.evaluation.sample.check_sample`.

    Examples:
        >>> evaluate([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])["auc"]
        0.75
    """
    y, p = check_sample(outcomes, probabilities)
    return {name: float(value[0]) for name, value in measure(y, p, threshold)(np.ones((1, y.size))).items()}


def auc(outcomes: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    """Return the area under the ROC curve, NaN without both outcomes."""
    y, p = check_sample(outcomes, probabilities)
    return float(weighted_auc(rank_order(y, p), np.ones((1, y.size)))[0])


def log_loss(outcomes: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    """Return the mean logarithmic loss in nats."""
    return float(log_losses(*check_sample(outcomes, probabilities)).mean())


def ece(outcomes: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    """Return the expected calibration error over 15 bins of one width, in [0, 1]."""
    y, p = check_sample(outcomes, probabilities)
    return float(weighted_ece(y, p, equal_width_bins(p), np.ones((1, y.size)))[0])
