"""The gate between what was trained and what will be served."""

from __future__ import annotations

import numpy as np
import xgboost

from core.explain import TreeExplainer
from core.features.feature_set import Matrix
from core.ports import Predictor
from training.booster import margins
from training.pipeline import FittedScorer
from training.refusal import TrainingRefused

TOLERANCE = 1e-5
EXPLANATION_TOLERANCE = 1e-4
EXPLAINED_ROWS = 500


def check_parity(predictor: Predictor, fitted: FittedScorer, rows: Matrix) -> float:
    """Compare the exported graph with XGBoost and the calibration on every row.

    Returns:
        The largest difference of a probability.

    Raises:
        TrainingRefused: PARITY_FAILED if a probability, or a margin relative to its size, is off by more than 1e-5.
    """
    probabilities, raw = predictor.predict(rows)
    expected = margins(fitted.booster, rows)
    off = np.abs(probabilities - fitted.calibration.probability(expected))
    off_margin = np.abs(raw - expected) / np.maximum(1.0, np.abs(expected))
    if not (off <= TOLERANCE).all() or not (off_margin <= TOLERANCE).all():
        worst = int(np.argmax(np.maximum(off, off_margin)))
        message = f"the exported graph differs from the trained trees, most in training row {worst} ({off[worst]:.2g})"
        raise TrainingRefused("PARITY_FAILED", message, row=str(worst))
    return float(off.max())


def check_explanations(explainer: TreeExplainer, fitted: FittedScorer, rows: Matrix) -> None:
    """Compare the explanation tables with XGBoost's own contributions on up to 500 rows spread over the data.

    Raises:
        TrainingRefused: EXPLANATION_FAILED if a contribution is off by more than 1e-4 in margin.
    """
    chosen = rows[np.unique(np.linspace(0, len(rows) - 1, EXPLAINED_ROWS).astype(int))]
    data = xgboost.DMatrix(chosen, nthread=1)
    expected = fitted.booster.predict(data, pred_contribs=True)
    off = np.abs(explainer.contributions_batch(chosen) - expected[:, :-1]).max(initial=0.0)
    off = max(float(off), float(np.abs(explainer.base_margin - expected[:, -1]).max()))
    if not off <= EXPLANATION_TOLERANCE:
        message = f"explanations differ from the trained trees by up to {off:.2g} in margin"
        raise TrainingRefused("EXPLANATION_FAILED", message)
