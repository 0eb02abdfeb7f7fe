"""Log-losses over the blocks, and how sure the differences are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.losses import log_losses

RESAMPLES = 5_000
SEED = 17
LEVEL = 0.95
Floats = npt.NDArray[np.float64]
Outcomes = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One policy beside the loop, on the same leads."""

    name: str
    log_loss: float
    """Pooled, nats."""
    difference: float
    """Its log-loss less that of the loop; positive: the loop is better."""
    lower: float
    upper: float
    p_loop_better: float


def compare(outcomes: Outcomes, loop: Floats, others: Mapping[str, Floats]) -> list[Compared]:
    """Return each policy with the percentile bootstrap interval of its difference over leads, pairs kept."""
    own = log_losses(outcomes, loop)
    random = np.random.default_rng(SEED)
    found = []
    for name, probabilities in others.items():
        differences = log_losses(outcomes, probabilities) - own
        drawn = np.array([_mean_of(differences, random) for _ in range(RESAMPLES)])
        lower, upper = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        found.append(
            Compared(
                name=name,
                log_loss=float(log_losses(outcomes, probabilities).mean()),
                difference=float(differences.mean()),
                lower=float(lower),
                upper=float(upper),
                p_loop_better=float((drawn > 0).mean()),
            )
        )
    return found


def _mean_of(differences: Floats, random: np.random.Generator) -> float:
    return float(differences[random.integers(0, differences.size, differences.size)].mean())
