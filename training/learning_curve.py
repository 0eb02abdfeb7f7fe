"""How quality grows with the number of training leads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import InvalidInput
from core.evaluation.metrics import evaluate
from core.evaluation.sample import Floats, Outcomes

Positions = npt.NDArray[np.intp]
"""Row numbers of leads: (n,)."""
Predict = Callable[[Positions], Floats]
"""Returns the probabilities of the leads at these positions: (n,)."""
Fit = Callable[[Positions], Predict]
"""Fits on the leads at these positions, oldest first."""

SIZES = (100, 300, 1_000, 3_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """Quality on the held-out leads after training on the newest ``sample_count`` leads."""

    sample_count: int
    auc: float
    log_loss: float
    """Nats."""
    ece: float
    """15 bins of one width."""


def learning_curve(
    fit: Fit,
    outcomes: Outcomes,
    *,
    training: Positions,
    holdout: Positions,
    sizes: Sequence[int] = SIZES,
) -> tuple[CurvePoint, ...]:
    """Fit on the newest 100, 300, 1,000, 3,000 and all training leads; judge each fit on the same held-out leads.

    Args:
        fit: Called once a point, smallest first.
        outcomes: Of all leads, bool (n,).
        training: Positions of the training leads, oldest first, at least one.
        holdout: Positions of the held-out leads, at least one, none of them in ``training``.
        sizes: Wanted sample counts, rising; those not below ``len(training)`` are left out.

    Returns:
        One point for each size whose leads have both outcomes, ending with all of ``training``.

    Raises:
        InvalidInput: If ``training`` or ``holdout`` is empty or they share a lead.
    """
    if training.size == 0 or holdout.size == 0 or np.intersect1d(training, holdout).size:
        raise InvalidInput.of("holdout", "must hold leads, none of them a training lead, and so must training")
    counts = [size for size in sizes if size < training.size] + [training.size]
    newest = [training[training.size - count :] for count in counts]
    return tuple(
        _point(fit(chosen)(holdout), outcomes[holdout], chosen.size)
        for chosen in newest
        if 0 < outcomes[chosen].sum() < chosen.size
    )


def _point(probabilities: Floats, outcomes: Outcomes, sample_count: int) -> CurvePoint:
    values = evaluate(outcomes, probabilities)
    return CurvePoint(sample_count=int(sample_count), auc=values["auc"], log_loss=values["log_loss"], ece=values["ece"])
