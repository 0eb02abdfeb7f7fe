"""Calibrates logits of a head by maps that are part of its weights afterwards: stretched and shifted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from training.conversation.linear import Doubles, Singles, probabilities, row_losses

_LEAST_GAIN = 5e-4
"""Nats by which a map must beat a simpler one on rows it was not fitted on."""
_PARTS = 5
"""Of rows that are all of one fold."""
_WEAK_PRIOR = 1.0
"""Of slopes towards 1 and shifts towards 0: that few rows do not say the impossible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """``slopes * logits + shifts``, class by class."""

    name: str
    """``identity``; ``temperature``: one slope (Guo et al. 2017); ``platt``: a slope and a shift for each class told by
    itself (Platt 1999), one slope and a shift for each class told against others (bias-corrected temperature scaling,
    Alexandari et al. 2020)."""
    slopes: Doubles
    """(classes,), > 0."""
    shifts: Doubles
    """(classes,)"""

    def __call__(self, logits: Doubles) -> Doubles:
        """Return calibrated logits, (n, classes)."""
        return np.asarray(logits * self.slopes + self.shifts)


Fit = Callable[[Doubles, Singles, bool], Stretch]


def choose_stretch(
    logits: Doubles, targets: Singles, folds: npt.NDArray[np.intp], *, multi_label: bool
) -> tuple[Stretch, dict[str, float]]:
    """Return the map that predicts left-out rows best, fitted on all rows, and the log-loss of each.

    Args:
        logits: Of rows that the model had not seen, (n, classes).
        targets: (n, classes), 1 where a class holds.
        folds: (n,); maps are compared on folds they were not fitted on.
        multi_label: Whether classes are told one by one.
    """
    fits: dict[str, Fit] = {"identity": _identity, "temperature": _temperature, "platt": _platt}
    losses: dict[str, float] = {}
    parts = folds if np.unique(folds).size > 1 else np.arange(len(logits)) % _PARTS
    for name, fit in fits.items():
        mapped = np.empty_like(logits)
        for part in np.unique(parts):
            held = parts == part
            mapped[held] = fit(logits[~held], targets[~held], multi_label)(logits[held])
        losses[name] = float(row_losses(mapped, targets, multi_label=multi_label).mean())
    best = "identity"
    for name in ("temperature", "platt"):
        best = name if losses[name] < losses[best] - _LEAST_GAIN else best
    return fits[best](logits, targets, multi_label), losses


def _identity(logits: Doubles, _targets: Singles, _multi_label: bool) -> Stretch:
    classes = logits.shape[1]
    return Stretch(name="identity", slopes=np.ones(classes), shifts=np.zeros(classes))


def _temperature(logits: Doubles, targets: Singles, multi_label: bool) -> Stretch:
    classes = logits.shape[1]
    log_slope, *_ = _least(logits, targets, 0, multi_label=multi_label)
    return Stretch(name="temperature", slopes=np.full(classes, np.exp(log_slope)), shifts=np.zeros(classes))


def _platt(logits: Doubles, targets: Singles, multi_label: bool) -> Stretch:
    classes = logits.shape[1]
    if multi_label:
        each = [_platt_of_one(logits[:, [one]], targets[:, [one]]) for one in range(classes)]
        slopes, shifts = (np.array(values) for values in zip(*each, strict=True))
        return Stretch(name="platt", slopes=slopes, shifts=shifts)
    given = _least(logits, targets, classes, multi_label=False)
    return Stretch(name="platt", slopes=np.full(classes, np.exp(given[0])), shifts=given[1:])


def _platt_of_one(logits: Doubles, targets: Singles) -> tuple[float, float]:
    log_slope, shift = _least(logits, targets, 1, multi_label=True)
    return float(np.exp(log_slope)), float(shift)


def _least(logits: Doubles, targets: Singles, shifts: int, *, multi_label: bool) -> Doubles:
    """Return the logarithm of the slope, and so many shifts, 0 or one for each class, that lose least."""
    rows, classes = logits.shape
    pull = _WEAK_PRIOR / rows
    parts = rows * classes if multi_label else rows

    def loss(given: Doubles) -> tuple[float, Doubles]:
        stretched = np.exp(given[0]) * logits
        mapped = stretched + given[1:] if shifts else stretched
        value = float(row_losses(mapped, targets, multi_label=multi_label).mean())
        away = (probabilities(mapped, multi_label=multi_label) - targets) / parts
        slopes = np.concatenate([[np.vdot(away, stretched)], away.sum(axis=0)[:shifts]])
        return value + 0.5 * pull * float(given @ given), slopes + pull * given

    found = minimize(loss, np.zeros(1 + shifts), jac=True, method="L-BFGS-B")
    return np.asarray(found.x, dtype=np.float64)
