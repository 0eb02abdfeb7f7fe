"""One recipe from labelled leads to a scorer: features, trees, calibration, interval."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import xgboost

from core.features.feature_set import FeatureSet, Matrix
from core.features.fitting import FeatureOptions, LabelledLeads, learn_families, training_rows
from core.scoring.interval import VennAbersSteps
from training.booster import BoosterParameters, fit_booster, margins, out_of_fold_margins
from training.calibration import Calibration, choose_calibration
from training.refusal import TrainingRefused
from training.venn_abers import venn_abers_steps

Probabilities = npt.NDArray[np.float64]

FOLDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that decides what a fit does, besides the data."""

    features: FeatureOptions
    booster: BoosterParameters = field(default_factory=BoosterParameters)
    seed: int = 42
    """Of the shuffled folds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedScorer:
    """What a fit makes."""

    feature_set: FeatureSet
    rows: Matrix
    """Training rows, each as of its lead's moment: (n, n_features)."""
    booster: xgboost.Booster
    calibration: Calibration
    calibration_losses: dict[str, float]
    """Cross-validated log-loss of every candidate, in nats."""
    steps: VennAbersSteps
    out_of_fold: Probabilities
    """Calibrated out-of-fold probabilities of the training rows: (n,)."""

    def probabilities(self, rows: Matrix) -> Probabilities:
        """Return calibrated probabilities by XGBoost itself: (n,). The exported graph must agree."""
        return self.calibration.probability(margins(self.booster, rows))


def fit_scorer(training: LabelledLeads, recipe: Recipe) -> FittedScorer:
    """Fit the recipe on leads in order of time.

    Raises:
        TrainingRefused: NO_SIGNAL if no feature varies.
    """
    families = learn_families(training, recipe.features)
    feature_set, rows = training_rows(training, families)
    if not len(feature_set):
        raise TrainingRefused("NO_SIGNAL", "all leads are alike: nothing can be learned")
    outcomes = np.asarray(training.outcomes, dtype=np.bool_)
    held_out = out_of_fold_margins(rows, outcomes, recipe.booster, folds=FOLDS, seed=recipe.seed)
    calibration, losses = choose_calibration(held_out, outcomes, seed=recipe.seed)
    return FittedScorer(
        feature_set=feature_set,
        rows=rows,
        booster=fit_booster(rows, outcomes, recipe.booster),
        calibration=calibration,
        calibration_losses=losses,
        steps=venn_abers_steps(held_out, outcomes),
        out_of_fold=calibration.probability(held_out),
    )
