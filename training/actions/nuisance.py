"""A plain model of how probable conversions are, for what it is worth: doubly robust values correct its errors."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from training.actions.table import Floats, Places, TrialTable

FOLDS = 5
_STRENGTH = 0.1
"""Inverse of the penalty: rates are low, and features many."""
_ROUNDS = 300


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """Log-odds of a conversion: of the lead's features, plus those of the action."""

    slopes: Floats
    """(width,)."""
    intercepts: Floats
    """(k,)."""

    def probabilities(self, features: Floats) -> Floats:
        """Return the probability of a conversion after each action, (n, k), for features (n, width)."""
        odds = (features @ self.slopes)[:, np.newaxis] + self.intercepts
        probabilities: Floats = 1.0 / (1.0 + np.exp(-odds))
        return probabilities


def folds_of(table: TrialTable, seed: int) -> Places:
    """Return the fold of each trial, (n,): all of a lead's are in one."""
    generator = np.random.default_rng(seed)
    fold_of_lead = generator.permutation(int(table.leads.max()) + 1) % FOLDS
    folds: Places = fold_of_lead[table.leads].astype(np.intp)
    return folds


def fit_outcomes(table: TrialTable, rows: Places) -> Outcomes:
    """Fit the model on some trials."""
    actions = len(table.action_ids)
    converted = table.converted[rows]
    if not 0.0 < converted.mean() < 1.0:
        rate = (converted.sum() + 0.5) / (converted.size + 1.0)
        odds = float(np.log(rate / (1.0 - rate)))
        return Outcomes(slopes=np.zeros(table.features.shape[1]), intercepts=np.full(actions, odds))
    seen = np.hstack([table.features[rows], np.eye(actions)[table.taken[rows]]])
    model = LogisticRegression(C=_STRENGTH, max_iter=_ROUNDS)
    with warnings.catch_warnings():
        # Nearly the best is good enough: what it says is corrected by what happened.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(seen, converted)
    slopes = model.coef_[0]
    width = table.features.shape[1]
    return Outcomes(slopes=slopes[:width], intercepts=slopes[width:] + model.intercept_[0])


def predicted_apart(table: TrialTable, folds: Places, among: Places) -> Floats:
    """Return the probability of a conversion after each action, each trial's by a model that has not seen its fold.

    Args:
        table: Trials.
        folds: (n,).
        among: Rows to look at; the models see no others.

    Returns:
        (len(among), k).
    """
    found = np.empty((among.size, len(table.action_ids)))
    of = folds[among]
    for fold in np.unique(of):
        outside = fit_outcomes(table, among[of != fold])
        found[of == fold] = outside.probabilities(table.features[among[of == fold]])
    return found


def doubly_robust_conversions(table: TrialTable, predicted: Floats, rows: Places) -> Floats:
    """Return what the probability of a conversion was after each action, right on average, (len(rows), k)."""
    scores = predicted.copy()
    at = np.arange(rows.size)
    taken = table.taken[rows]
    scores[at, taken] += (table.converted[rows] - predicted[at, taken]) / table.propensities[rows]
    return scores
