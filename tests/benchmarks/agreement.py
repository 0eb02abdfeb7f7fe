"""Whether what was served is what was trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xgboost

from core.lead import Lead
from core.scoring.model import ScoringModel
from tests.benchmarks.asked import Answers
from training.booster import margins
from training.pipeline import FittedScorer

SCORE_TOLERANCE = 1e-5
"""Of a probability."""
REASON_TOLERANCE = 1e-4
"""Of a contribution to the margin."""
POINT_TOLERANCE = 1e-3
"""Of the sum of all points."""
EXPLAINED_ROWS = 2_000
"""XGBoost takes a millisecond a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Largest differences over all leads asked about."""

    score_offline: float
    score_xgboost: float
    batch_offline: float
    batch_xgboost: float
    additivity: float
    """In points."""
    explained_count: int
    reasons: float
    """Of a contribution to the margin, beside ``pred_contribs``."""
    reason_row_count: int

    @property
    def holds(self) -> bool:
        """Whether every difference is within its tolerance; NaN is not."""
        scores = (self.score_offline, self.score_xgboost, self.batch_offline, self.batch_xgboost)
        return (
            all(difference <= SCORE_TOLERANCE for difference in scores)
            and self.reasons <= REASON_TOLERANCE
            and self.additivity <= POINT_TOLERANCE
        )


def check_agreement(
    leads: tuple[Lead, ...],
    model: ScoringModel,
    trained: FittedScorer,
    *,
    single: Answers,
    batch: Answers,
    explained: tuple[Answers, ...],
) -> Agreement:
    """Compare answers with the same version offline, and with the trees and the calibration themselves.

    Args:
        leads: What was asked about.
        model: Made from the registered files, as a server makes it.
        trained: Fitted again from the same leads: XGBoost's own trees, and the calibration in float64.
        single: Answers of Score.
        batch: Answers of BatchScore, in the order of ``leads``.
        explained: Answers with reasons.
    """
    offline_single, xgboost_single = _differences(leads, model, trained, single)
    offline_batch, xgboost_batch = _differences(leads, model, trained, batch)
    rows = model.feature_set.matrix(leads[:EXPLAINED_ROWS], single.moments[:EXPLAINED_ROWS])
    reference = trained.booster.predict(xgboost.DMatrix(rows, nthread=1), pred_contribs=True)
    return Agreement(
        score_offline=offline_single,
        score_xgboost=xgboost_single,
        batch_offline=offline_batch,
        batch_xgboost=xgboost_batch,
        additivity=max(answers.additivity_error() for answers in explained),
        explained_count=sum(len(answers.scores) for answers in explained),
        reasons=float(np.abs(model.explainer.contributions_batch(rows) - reference[:, :-1]).max()),
        reason_row_count=len(rows),
    )


def _differences(
    leads: tuple[Lead, ...], model: ScoringModel, trained: FittedScorer, answers: Answers
) -> tuple[float, float]:
    """Return the largest differences to the offline model and to XGBoost, each lead as of its answer's moment."""
    rows = model.feature_set.matrix(leads, answers.moments)
    offline, _ = model.predictor.predict(rows)
    exact = trained.calibration.probability(margins(trained.booster, rows))
    served = answers.probabilities
    return float(np.abs(served - offline).max()), float(np.abs(served - exact).max())
