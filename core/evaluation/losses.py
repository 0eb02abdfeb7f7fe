"""Proper scores: what a probability costs once the outcome is known."""

from __future__ import annotations

import numpy as np

from core.evaluation.sample import Floats, Outcomes

_SMALLEST = 1e-15
"""Keeps a certain and wrong probability at a loss of 34.5 nats instead of infinity."""


def log_losses(outcomes: Outcomes, probabilities: Floats) -> Floats:
    """Return each lead's logarithmic loss in nats: -ln of the probability given to what happened (Good 1952)."""
    given = np.where(outcomes, probabilities, 1.0 - probabilities)
    return np.asarray(-np.log(np.clip(given, _SMALLEST, 1.0)), dtype=np.float64)


def squared_losses(outcomes: Outcomes, probabilities: Floats) -> Floats:
    """Return each lead's squared error, in [0, 1]; their mean is the Brier score (Brier 1950)."""
    return np.asarray((probabilities - outcomes) ** 2, dtype=np.float64)
