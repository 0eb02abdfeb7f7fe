"""Leads whose true conversion rates are known, under a champion that is right, and under one that got worse."""

from __future__ import annotations

from enum import StrEnum
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from core.registry.retraining.evidence import ServedSample

Floats = npt.NDArray[np.float64]

_GRID = np.array([NormalDist().inv_cdf((i + 0.5) / 20_001) for i in range(20_001)])
"""The standard normal as equally likely points, so that rates of the population are means."""


class Change(StrEnum):
    """How the champion got worse."""

    NONE = "unchanged"
    FLIPPED = "outcomes of a share of leads flipped"
    BLIND = "a share of leads scored blindly"
    ATTENUATED = "signal attenuated"


class Population:
    """Leads with normal log-odds, scored by a champion that knows them.

    Args:
        base_rate: Share of conversions, in (0, 1).
        f1: Of the champion at its best threshold, above that of choosing everybody.
        drop: By how much F1 falls, exactly, under every change.
    """

    def __init__(self, base_rate: float, f1: float, drop: float = 0.05) -> None:
        self.base_rate, self.f1 = base_rate, f1
        self._spread = float(brentq(lambda spread: self._best(spread)[0] - f1, 0.3, 15.0, xtol=1e-6))
        self._intercept = self._centre(self._spread)
        self.threshold = self._best(self._spread)[1]
        log_odds = self._intercept + self._spread * _GRID
        p = _rate(log_odds)
        aim = f1 - drop
        self._flatter = float(brentq(lambda b: self._f1(p, self._turned(log_odds, b)) - aim, 1e-3, 1.0, xtol=1e-7))
        self._shift = self._level(log_odds, self._flatter)
        self._blind = float(brentq(lambda e: self._f1(p, (1 - e) * p + e * base_rate) - aim, 0.0, 1.0))
        self._flipped = float(brentq(lambda e: self._f1(p, (1 - 2 * e) * p + e) - aim, 0.0, 0.4))

    def probabilities(self, shape: tuple[int, ...], generator: np.random.Generator) -> Floats:
        """Return what the champion says of random leads."""
        return _rate(self._intercept + self._spread * generator.standard_normal(shape))

    def rates(self, probabilities: Floats, change: Change) -> Floats:
        """Return how often such leads truly convert."""
        if change is Change.FLIPPED:
            return (1.0 - 2.0 * self._flipped) * probabilities + self._flipped
        if change is Change.BLIND:
            return (1.0 - self._blind) * probabilities + self._blind * self.base_rate
        if change is Change.ATTENUATED:
            return _rate(self._shift + self._flatter * (np.log(probabilities) - np.log1p(-probabilities)))
        return probabilities

    def served(self, size: int, change: Change, generator: np.random.Generator) -> ServedSample:
        """Return leads that the champion scored, with what became of them."""
        p = self.probabilities((size,), generator)
        return ServedSample(outcomes=generator.random(size) < self.rates(p, change), probabilities=p)

    def _centre(self, spread: float) -> float:
        return float(brentq(lambda a: _rate(a + spread * _GRID).mean() - self.base_rate, -60.0, 60.0))

    def _best(self, spread: float) -> tuple[float, float]:
        p = np.sort(_rate(self._centre(spread) + spread * _GRID))[::-1]
        f1 = 2.0 * np.cumsum(p) / (np.arange(1, p.size + 1) + p.sum())
        best = int(f1.argmax())
        return float(f1[best]), float(p[best])

    def _f1(self, p: Floats, rates: Floats) -> float:
        chosen = p >= self.threshold
        return float(2.0 * rates[chosen].sum() / (chosen.sum() + rates.sum()))

    def _level(self, log_odds: Floats, slope: float) -> float:
        return float(brentq(lambda a: _rate(a + slope * log_odds).mean() - self.base_rate, -60.0, 60.0))

    def _turned(self, log_odds: Floats, slope: float) -> Floats:
        return _rate(self._level(log_odds, slope) + slope * log_odds)


class TwoModels:
    """Two models that see the same lead through independent noise, each as good as its correlation with the truth.

    Both say the conversion rate given what they see, so both are calibrated.
    """

    def __init__(self, base_rate: float, spread: float = 3.0) -> None:
        self.base_rate, self._spread = base_rate, spread
        self._intercept = float(brentq(lambda a: _rate(a + spread * _GRID).mean() - base_rate, -60.0, 60.0))
        points, weights = np.polynomial.hermite_e.hermegauss(21)
        self._points, self._weights = points, weights / weights.sum()

    def draw(
        self, size: int, correlations: tuple[float, float], generator: np.random.Generator
    ) -> tuple[npt.NDArray[np.bool_], Floats, Floats]:
        """Return outcomes (size,) and what each model says, (size,) twice."""
        truth = generator.standard_normal(size)
        outcomes = generator.random(size) < _rate(self._intercept + self._spread * truth)
        first, second = (self._said(truth, rho, generator) for rho in correlations)
        return outcomes, first, second

    def _said(self, truth: Floats, rho: float, generator: np.random.Generator) -> Floats:
        unknown = float(np.sqrt(1.0 - rho * rho))
        seen = rho * truth + unknown * generator.standard_normal(truth.size)
        possible = rho * seen[:, None] + unknown * self._points
        return _rate(self._intercept + self._spread * possible) @ self._weights


def _rate(log_odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)), dtype=np.float64)
