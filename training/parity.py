"""The gate between what was trained and what will be served."""

from __future__ import annotations

import numpy as np

from core.features.feature_set import Matrix
from core.ports import Predictor
from training.booster import margins
from training.pipeline import FittedScorer
from training.refusal import TrainingRefused

TOLERANCE = 1e-5


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
