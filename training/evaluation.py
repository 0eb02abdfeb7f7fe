"""Measures a recipe the way it will be used: fitted on the older leads, judged on the newest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation import Verdict, beats_base_rate, best_f1_threshold, bootstrap_metrics
from core.features.fitting import LabelledLeads
from core.version import Metric
from training.booster import fit_booster, margins
from training.calibration import Sigmoid
from training.learning_curve import CurvePoint, learning_curve
from training.pipeline import FittedScorer, Recipe, fit_scorer
from training.refusal import TrainingRefused

Outcomes = npt.NDArray[np.bool_]
Probabilities = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What a recipe is worth on the newest leads, fitted on the older ones."""

    fitted: FittedScorer
    outcomes: Outcomes
    """Of the held-out leads, (n,)."""
    probabilities: Probabilities
    """Of the held-out leads, (n,)."""
    threshold: float
    """Probability with the best F1 on the training part's out-of-fold answers."""
    metrics: tuple[Metric, ...]
    verdict: Verdict
    curve: tuple[CurvePoint, ...]
    training_count: int


def evaluate_recipe(leads: LabelledLeads, recipe: Recipe, *, validation_share: float) -> Evaluation:
    """Fit on the older leads and measure on the newest ``validation_share`` of them.

    The held-out leads take part in nothing: not in the vocabulary, the success rates, the trees, the calibration, nor
    the threshold.

    Raises:
        TrainingRefused: NO_SIGNAL if the older leads all have the same outcome.
    """
    count = len(leads.leads)
    cut = count - max(1, round(validation_share * count))
    if len(set(leads.outcomes[:cut])) < 2:  # noqa: PLR2004  both outcomes
        raise TrainingRefused("NO_SIGNAL", f"the older {cut:,} leads all ended the same way: nothing can be learned")
    fitted = fit_scorer(leads.first(cut), recipe)
    held_out = fitted.feature_set.matrix(leads.leads[cut:], leads.moments[cut:])
    outcomes = np.asarray(leads.outcomes, dtype=np.bool_)
    probabilities = fitted.probabilities(held_out)
    threshold = best_f1_threshold(outcomes[:cut], fitted.out_of_fold)
    base_rate = float(outcomes[:cut].mean())
    return Evaluation(
        fitted=fitted,
        outcomes=outcomes[cut:],
        probabilities=probabilities,
        threshold=threshold,
        metrics=bootstrap_metrics(outcomes[cut:], probabilities, threshold=threshold),
        verdict=beats_base_rate(outcomes[cut:], probabilities, base_rate),
        curve=_curve(np.concatenate([fitted.rows, held_out]), outcomes, cut, recipe),
        training_count=cut,
    )


def _curve(rows: npt.NDArray[np.float32], outcomes: Outcomes, cut: int, recipe: Recipe) -> tuple[CurvePoint, ...]:
    """Fit the trees alone on more and more of the newest training leads."""

    def fit(chosen: npt.NDArray[np.intp]) -> Callable[[npt.NDArray[np.intp]], Probabilities]:
        booster = fit_booster(rows[chosen], outcomes[chosen], recipe.booster)
        return lambda positions: Sigmoid("identity").probability(margins(booster, rows[positions]))

    everyone = np.arange(len(rows), dtype=np.intp)
    return learning_curve(fit, outcomes, training=everyone[:cut], holdout=everyone[cut:])
