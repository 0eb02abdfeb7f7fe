"""Measures a recipe the way it will be used: fitted on the older leads, judged on the newest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation import Verdict, beats_base_rate, best_f1_threshold, bootstrap_metrics
from core.features.feature_set import Matrix
from core.features.fitting import LabelledLeads
from core.version import Metric
from training.booster import fit_booster, margins
from training.calibration import Sigmoid
from training.learning_curve import CurvePoint, learning_curve
from training.pipeline import FittedScorer, Recipe, fit_scorer
from training.refusal import TrainingRefused
from training.supervision import supervision_of

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
    """Rows the recipe was fitted on."""
    holdout: npt.NDArray[np.intp]
    """Positions of the held-out leads among all, (n,)."""
    base_rate: float
    """Share of converted leads among those it was fitted on."""
    last_window_rates: Probabilities
    """(n,): the share of converted leads in the window before each held-out block, as long as the block."""


def evaluate_recipe(
    leads: LabelledLeads,
    recipe: Recipe,
    *,
    validation_share: float,
    holdout_count: int | None = None,
    blocks: int = 1,
    with_curve: bool = True,
) -> Evaluation:
    """Fit on the older leads and measure on the newest.

    The held-out leads take part in nothing: not in the vocabulary, the success rates, the choice of a window, the
    trees, the calibration, nor the threshold. Only leads whose outcome is known for sure are held out and measured on.

    Args:
        leads: All leads.
        recipe: What to fit.
        validation_share: Share of the leads with a sure outcome that is held out, in (0, 1).
        holdout_count: How many of them instead.
        blocks: Into how many blocks the held-out leads are cut. Each is answered by the recipe fitted on all that came
            before it, with the trees and windows chosen before the first: what the newest leads teach is what a new
            version is for, and one fit before all of them would be judged as if it had grown old already.
        with_curve: Also fit on fewer leads, to see how quality grows.

    Raises:
        TrainingRefused: NO_SIGNAL if the older leads all have the same outcome.
    """
    known = supervision_of(leads)
    judged = np.flatnonzero(known.judged)
    held_count = max(1, round(validation_share * judged.size)) if holdout_count is None else holdout_count
    older, holdout = judged[: judged.size - held_count], judged[judged.size - held_count :]
    outcomes = known.outcomes
    if len(set(outcomes[older].tolist())) < 2:  # noqa: PLR2004  both outcomes
        message = f"the older {older.size:,} leads all ended the same way: nothing can be learned"
        raise TrainingRefused("NO_SIGNAL", message)
    cut = int(holdout[0])
    fitted = fit_scorer(leads.first(cut), recipe)
    parts = np.array_split(holdout, max(1, min(blocks, holdout.size)))
    first, *later = parts
    held_out = _rows(fitted, leads, holdout if with_curve else first)
    answers = [fitted.probabilities(held_out[: first.size])]
    for block in later:
        scorer = fit_scorer(leads.first(int(block[0])), recipe, fitted.choice.plan)
        answers.append(scorer.probabilities(_rows(scorer, leads, block)))
    probabilities = np.concatenate(answers)
    threshold = best_f1_threshold(outcomes[:cut][fitted.recent], fitted.out_of_fold[fitted.recent])
    base_rate = float(outcomes[older].mean())
    return Evaluation(
        fitted=fitted,
        outcomes=outcomes[holdout],
        probabilities=probabilities,
        threshold=threshold,
        metrics=bootstrap_metrics(outcomes[holdout], probabilities, threshold=threshold),
        verdict=beats_base_rate(outcomes[holdout], probabilities, base_rate),
        curve=_curve(fitted.rows[older], held_out, outcomes[np.r_[older, holdout]], recipe) if with_curve else (),
        training_count=cut,
        holdout=holdout,
        base_rate=base_rate,
        last_window_rates=_rates_before(outcomes[judged], [part.size for part in parts]),
    )


def _rows(scorer: FittedScorer, leads: LabelledLeads, positions: npt.NDArray[np.intp]) -> Matrix:
    return scorer.feature_set.matrix(
        [leads.leads[i] for i in positions],
        [leads.moments[i] for i in positions],
        behavior=None if leads.behavior is None else [leads.behavior[i] for i in positions],
    )


def _rates_before(outcomes: Outcomes, sizes: Sequence[int]) -> Probabilities:
    """Return for each row of the last blocks the share of converted rows in as many rows before its block."""
    starts = outcomes.size - np.cumsum(np.array(sizes)[::-1])[::-1]
    rates = [outcomes[max(0, start - size) : start].mean() for start, size in zip(starts, sizes, strict=True)]
    return np.repeat(np.array(rates, dtype=np.float64), sizes)


def _curve(older: Matrix, held_out: Matrix, outcomes: Outcomes, recipe: Recipe) -> tuple[CurvePoint, ...]:
    """Fit the trees alone on more and more of the newest training leads."""
    rows = np.concatenate([older, held_out])

    def fit(chosen: npt.NDArray[np.intp]) -> Callable[[npt.NDArray[np.intp]], Probabilities]:
        booster = fit_booster(rows[chosen], outcomes[chosen], recipe.booster)
        return lambda positions: Sigmoid("identity").probability(margins(booster, rows[positions]))

    everyone = np.arange(len(rows), dtype=np.intp)
    return learning_curve(fit, outcomes, training=everyone[: len(older)], holdout=everyone[len(older) :])
