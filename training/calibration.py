"""Maps margins to calibrated probabilities, by the map that predicts unseen outcomes best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.isotonic import IsotonicRegression

Vector = npt.NDArray[np.float64]
Outcomes = npt.NDArray[np.bool_]

Logits = Callable[[Vector], tuple[Vector, Vector]]
"""Takes parameters (k,), returns logits (n,) and their slopes by each parameter (k, n)."""

MIN_ROWS_FOR_ISOTONIC = 1000
MAX_KNOTS = 40
_FOLDS = 5
_RANK_KEEPING_RISE = 1e-4
_NOISE = {"platt": 5e-4, "beta": 5e-4, "isotonic": 2e-3}
"""By how many nats a map must beat the best simpler one. Isotonic steps follow the period they were fitted on: with a
smaller demand they won the cross-validation and lost on the leads that came after it."""


class Calibration(Protocol):
    """A rising map from margin to probability."""

    @property
    def name(self) -> str:
        """Name of the method."""

    def probability(self, margins: Vector) -> Vector:
        """Return calibrated probabilities in [0, 1]: (n,)."""


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """``sigmoid(slope * margin + shift)``: the trees' own probability at (1, 0), else Platt 1999."""

    name: str
    slope: float = 1.0
    shift: float = 0.0

    def probability(self, margins: Vector) -> Vector:
        """See :class:`Calibration`."""
        return _sigmoid(self.slope * margins + self.shift)


@dataclass(frozen=True, slots=True)
class Beta:
    """Beta calibration (Kull, Silva Filho, Flach 2017): ``sigmoid(a ln p - b ln(1 - p) + c)`` with a, b >= 0."""

    a: float
    b: float
    c: float
    name: str = "beta"

    def probability(self, margins: Vector) -> Vector:
        """See :class:`Calibration`."""
        return _sigmoid(_beta_logit(margins, self.a, self.b, self.c))


@dataclass(frozen=True, slots=True)
class Isotonic:
    """Centred isotonic regression: straight lines between the middles of its blocks, so that ranking is kept.

    Each piece rises by at least 1e-4, so different margins never become equal between the outer knots.
    """

    knots: Vector
    values: Vector
    name: str = "isotonic"

    def probability(self, margins: Vector) -> Vector:
        """See :class:`Calibration`."""
        return np.interp(margins, self.knots, self.values)


def choose_calibration(
    margins: Vector, outcomes: Outcomes, weights: Vector | None = None, *, seed: int, simplest: str = "identity"
) -> tuple[Calibration, dict[str, float]]:
    """Choose among identity, Platt, beta and (from 1,000 rows) isotonic by cross-validated log-loss.

    A more flexible map must beat the best simpler one by more than 0.0005 nats (isotonic: 0.002) and by more than one
    standard error of the difference over the rows, so that on few rows noise does not choose. Weighted rows count as
    many rows as would tell as much (Kish 1965).

    Args:
        margins: Out-of-fold margins, (n,).
        outcomes: Whether each row converted, (n,).
        weights: How much each row counts, (n,), > 0; None: all the same.
        seed: Of the shuffled folds.
        simplest: Name of the map the others must beat: ``identity``, or ``platt`` where the weights matter, since the
            identity knows nothing of them.

    Returns:
        The map fitted on all rows, and the cross-validated log-loss of every candidate.
    """
    fits = {"identity": _fit_identity, "platt": _fit_platt, "beta": _fit_beta}
    if effective_count(len(margins), weights) >= MIN_ROWS_FOR_ISOTONIC:
        fits["isotonic"] = fit_isotonic
    order = np.random.default_rng(seed).permutation(len(margins))
    losses = {name: np.empty(len(margins)) for name in fits}
    for held_out in np.array_split(order, _FOLDS):
        kept = np.setdiff1d(order, held_out)
        for name, fit in fits.items():
            fitted = fit(margins[kept], outcomes[kept], None if weights is None else weights[kept])
            losses[name][held_out] = _log_losses(fitted.probability(margins[held_out]), outcomes[held_out])
    best = simplest
    for name in list(fits)[list(fits).index(simplest) + 1 :]:
        gain, error = _mean_gain(losses[best] - losses[name], weights)
        if gain > max(_NOISE[name], error):
            best = name
    means = {name: float(np.average(loss, weights=weights)) for name, loss in losses.items()}
    return fits[best](margins, outcomes, weights), means


def effective_count(count: int, weights: Vector | None) -> float:
    """Return how many rows of one weight tell as much: ``(sum w)^2 / sum w^2`` (Kish 1965)."""
    return float(count) if weights is None else float(weights.sum() ** 2 / (weights**2).sum())


def _mean_gain(gains: Vector, weights: Vector | None) -> tuple[float, float]:
    """Return the mean of gains (n,) and its standard error."""
    mean = float(np.average(gains, weights=weights))
    if weights is None:
        return mean, float(gains.std() / np.sqrt(len(gains)))
    spread = np.sqrt(np.average((gains - mean) ** 2, weights=weights))
    return mean, float(spread / np.sqrt(effective_count(len(gains), weights)))


def _fit_identity(margins: Vector, outcomes: Outcomes, weights: Vector | None = None) -> Calibration:  # noqa: ARG001
    return Sigmoid("identity")


def _fit_platt(margins: Vector, outcomes: Outcomes, weights: Vector | None = None) -> Calibration:
    if weights is not None:
        found = _fit_weighted(_platt_logits(margins), np.zeros(2), outcomes, weights)
        return Sigmoid("platt", float(np.exp(found[0])), float(found[1]))

    def loss(at: Vector) -> float:
        return _logistic_loss(np.exp(at[0]) * margins + at[1], outcomes)

    found = minimize(loss, np.zeros(2), method="BFGS").x
    return Sigmoid("platt", float(np.exp(found[0])), float(found[1]))


def _fit_beta(margins: Vector, outcomes: Outcomes, weights: Vector | None = None) -> Calibration:
    if weights is not None:
        found = _fit_weighted(_beta_logits(margins), np.zeros(3), outcomes, weights)
        return Beta(float(np.exp(found[0])), float(np.exp(found[1])), float(found[2]))

    def loss(at: Vector) -> float:
        return _logistic_loss(_beta_logit(margins, np.exp(at[0]), np.exp(at[1]), at[2]), outcomes)

    found = minimize(loss, np.zeros(3), method="BFGS").x
    return Beta(float(np.exp(found[0])), float(np.exp(found[1])), float(found[2]))


def fit_isotonic(margins: Vector, outcomes: Outcomes, weights: Vector | None = None) -> Calibration:
    """Fit centred isotonic regression with at most 40 knots (Oron & Flournoy 2017)."""
    counts = np.ones(len(margins)) if weights is None else weights
    fitted = IsotonicRegression(y_min=0.0, y_max=1.0).fit_transform(margins, outcomes, sample_weight=weights)
    order = np.argsort(margins, kind="stable")
    sorted_counts, sorted_values = counts[order], fitted[order]
    starts = np.flatnonzero(np.r_[True, np.diff(sorted_values) > 0])
    sizes = np.add.reduceat(sorted_counts, starts)
    sums = np.add.reduceat(sorted_counts * margins[order], starts)
    total = np.add.reduceat(sorted_counts * outcomes[order], starts)
    knots, sizes, total = _merge_knots(sums / sizes, sizes, total)
    # Half a success and half a failure in each block keep the ends away from 0 and 1.
    values = np.maximum.accumulate((total + 0.5) / (sizes + 1.0))
    # Squeezed by what the rises add up to, so that the last value stays below 1 without a cut that would level it.
    rises = _RANK_KEEPING_RISE * np.arange(len(values))
    return Isotonic(knots, values * (1.0 - rises[-1]) + rises)


def _merge_knots(knots: Vector, sizes: Vector, total: Vector) -> tuple[Vector, Vector, Vector]:
    """Merge the smallest block into its nearer neighbour until at most 40 distinct knots are left."""
    middles, counts, wins = list(knots), list(sizes), list(total)
    while len(middles) > MAX_KNOTS:
        smallest = int(np.argmin(counts))
        gaps = np.diff(middles)  # gap i lies between the blocks i and i + 1
        at = min(range(max(0, smallest - 1), min(len(gaps), smallest + 1)), key=gaps.__getitem__)
        pair = slice(at, at + 2)
        middles[pair] = [np.average(middles[pair], weights=counts[pair])]
        counts[pair], wins[pair] = [sum(counts[pair])], [sum(wins[pair])]
    return np.array(middles), np.array(counts), np.array(wins)


def _beta_logit(margins: Vector, a: float, b: float, c: float) -> Vector:
    # ln p = -softplus(-m) and -ln(1 - p) = softplus(m) for p = sigmoid(m): exact where p rounds to 0 or 1.
    return b * np.logaddexp(0.0, margins) - a * np.logaddexp(0.0, -margins) + c


def _logistic_loss(logits: Vector, outcomes: Outcomes) -> float:
    return float(np.logaddexp(0.0, np.where(outcomes, -logits, logits)).mean())


def _platt_logits(margins: Vector) -> Logits:
    ones = np.ones(margins.size)

    def logits(at: Vector) -> tuple[Vector, Vector]:
        steep = np.exp(at[0]) * margins
        return steep + at[1], np.stack([steep, ones])

    return logits


def _beta_logits(margins: Vector) -> Logits:
    rising, falling, ones = np.logaddexp(0.0, margins), -np.logaddexp(0.0, -margins), np.ones(margins.size)

    def logits(at: Vector) -> tuple[Vector, Vector]:
        low, high = np.exp(at[0]) * falling, np.exp(at[1]) * rising
        return low + high + at[2], np.stack([low, high, ones])

    return logits


def _fit_weighted(logits: Logits, start: Vector, outcomes: Outcomes, weights: Vector) -> Vector:
    """Return what makes the weighted mean log-loss smallest."""
    shares = weights / weights.sum()

    def loss(at: Vector) -> tuple[float, Vector]:
        told, slopes = logits(at)
        lost = np.logaddexp(0.0, np.where(outcomes, -told, told)) @ shares
        return float(lost), slopes @ (shares * (_sigmoid(told) - outcomes))

    found: Vector = minimize(loss, start, method="BFGS", jac=True).x
    return found


def _log_losses(probabilities: Vector, outcomes: Outcomes) -> Vector:
    clipped = np.clip(probabilities, 1e-12, 1 - 1e-12)
    return -np.log(np.where(outcomes, clipped, 1 - clipped))


def _sigmoid(logits: Vector) -> Vector:
    return np.exp(-np.logaddexp(0.0, -logits))
