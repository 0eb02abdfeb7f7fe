"""One recipe from labelled leads to a scorer: features, trees, calibration, interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import xgboost

from core.features.behavior import BehaviorValues
from core.features.feature_set import FeatureSet, Matrix
from core.features.fitting import FeatureOptions, LabelledLeads, learn_families, training_rows
from core.scoring.interval import VennAbersSteps
from training.booster import BoosterParameters, fit_booster, margins, out_of_fold_margins
from training.calibration import Calibration, choose_calibration
from training.refusal import TrainingRefused
from training.rolling import FEWEST_OF_EACH, Plan, PlanChoice, choose_plan, regular
from training.supervision import Supervision, supervision_of
from training.venn_abers import venn_abers_steps
from training.window import EVERYTHING, Window

Probabilities = npt.NDArray[np.float64]

FOLDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that decides what a fit does, besides the data."""

    features: FeatureOptions
    booster: BoosterParameters = field(default_factory=BoosterParameters)
    seed: int = 42
    """Of the shuffled folds."""
    window: Window = EVERYTHING
    """How much a row counts for its age, for trees and calibration alike."""
    choose_window: bool = False
    """Choose the window of the trees, that of the calibration, and between the trees and more regular ones, by rolling
    validation on the newest rows. ``window`` plays no part then."""
    keep_booster: bool = False
    """Do not try more regular trees: somebody chose these."""


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
    choice: PlanChoice
    """The trees and windows, and what they were chosen by."""
    recent: npt.NDArray[np.bool_]
    """(n,): the judged rows that the calibration looks back at; thresholds rest on them."""
    behavior: Sequence[BehaviorValues | None] | None = None
    """What the training leads did, each as of its moment; None: nobody knows."""

    def probabilities(self, rows: Matrix) -> Probabilities:
        """Return calibrated probabilities by XGBoost itself: (n,). The exported graph must agree."""
        return self.calibration.probability(margins(self.booster, rows))


def fit_scorer(training: LabelledLeads, recipe: Recipe, plan: Plan | None = None) -> FittedScorer:
    """Fit the recipe on leads in order of time.

    Args:
        training: The leads.
        recipe: What to fit.
        plan: Trees and windows, where they were chosen before.

    Raises:
        TrainingRefused: NO_SIGNAL if no feature varies.
    """
    families = learn_families(training, recipe.features)
    feature_set, rows = training_rows(training, families)
    if not len(feature_set):
        raise TrainingRefused("NO_SIGNAL", "all leads are alike: nothing can be learned")
    known = supervision_of(training)
    choice = _choose(rows, known, recipe) if plan is None else _given(plan)
    plan = choice.plan
    weights = known.tree_weights(plan.trees.weights(len(rows)))
    held_out = out_of_fold_margins(rows, known.taught(), plan.booster, weights, folds=FOLDS, seed=recipe.seed)
    recent, counts = _calibration_rows(known, plan.calibration)
    simplest = "identity" if plan.calibration == EVERYTHING else "platt"
    calibration, losses = choose_calibration(
        held_out[recent], known.outcomes[recent], counts, seed=recipe.seed, simplest=simplest
    )
    return FittedScorer(
        feature_set=feature_set,
        rows=rows,
        booster=fit_booster(rows, known.taught(), plan.booster, weights),
        calibration=calibration,
        calibration_losses=losses,
        steps=venn_abers_steps(held_out[recent], known.outcomes[recent], counts),
        out_of_fold=calibration.probability(held_out),
        choice=choice,
        recent=recent,
        behavior=training.behavior,
    )


def _choose(rows: Matrix, known: Supervision, recipe: Recipe) -> PlanChoice:
    if not recipe.choose_window:
        return _given(Plan(booster=recipe.booster, trees=recipe.window, calibration=recipe.window))
    calmer = regular(recipe.booster)
    boosters = [recipe.booster] if recipe.keep_booster or calmer == recipe.booster else [recipe.booster, calmer]
    return choose_plan(rows, known, boosters, seed=recipe.seed)


def _given(plan: Plan) -> PlanChoice:
    return PlanChoice(plan=plan, candidates=(), validated_count=0, origin_count=0)


def _calibration_rows(
    known: Supervision, window: Window
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64] | None]:
    """Return which rows the calibration rests on, (n,), and how much each of those counts; None: all alike.

    A window without enough of both outcomes is not used.
    """
    counts = known.judged_weights(window.weights(int(known.judged.sum())))
    if counts is None:
        return known.judged, None
    used = counts > 0
    converted = int(known.outcomes[known.judged][used].sum())
    if window != EVERYTHING and min(converted, int(used.sum()) - converted) < FEWEST_OF_EACH:
        return _calibration_rows(known, EVERYTHING)
    rows = known.judged.copy()
    rows[known.judged] = used
    return rows, counts[used]
