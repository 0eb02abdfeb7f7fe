"""How far a version's log-odds must be turned to fit what happened: whether those it named are those that converted.

The model is Cox's (1958, Biometrika 45): logit P(converted) = shift + slope * logit p. With slope 1 the version's order
and spacing hold and only the share of conversions may have moved; below 1 its probabilities separate leads more than
their outcomes do. The shift is left free, so that a market with more or fewer conversions is not taken for a model that
orders leads worse.

The slope is tested by the modified signed root of the likelihood ratio r* (Barndorff-Nielsen 1986, Biometrika 73; in
this form Davison 1988, JRSS B 50), which keeps its level with a handful of conversions, where the plain score or Wald
test does not.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Outcomes = npt.NDArray[np.bool_]

_SMALLEST = 1e-4
"""Probabilities are moved into [1e-4, 1 - 1e-4]: a "never" that happened is strong evidence, but not all of it."""
_SLOPES = (-3.0, 6.0)
"""Outcomes that the version orders perfectly, or perfectly wrongly, have no finite slope: it stops here."""
_STEPS = 40
_SMALL_STEP = 1e-9
_LONGEST_STEP = 1.0
_NEAR_ZERO = 0.1
"""Below this the correction of r is a ratio of two values near 0, and far from any decision."""
_SMALLEST_SPREAD = 1e-6
_SMALLEST_INFORMATION = 1e-9
"""Outcomes that are all but certain hold next to none: a floor keeps steps and errors finite."""


def log_odds(probabilities: Floats) -> Floats:
    """Return ln(p / (1 - p)) of probabilities (n,), in [-9.2, 9.2]."""
    p = np.clip(probabilities, _SMALLEST, 1.0 - _SMALLEST)
    return np.asarray(np.log(p) - np.log1p(-p), dtype=np.float64)


class _Information(NamedTuple):
    """What the outcomes tell at a turn."""

    on_shift: float
    centre: float
    """Log-odds at which shift and slope tell nothing of each other."""
    on_slope: float
    """With the shift unknown."""


class Recalibration:
    """The turn that fits best, and how sure it is.

    Args:
        outcomes: (n,), with both outcomes.
        probabilities: (n,), in [0, 1], not all equal.
    """

    def __init__(self, outcomes: Outcomes, probabilities: Floats) -> None:
        odds = log_odds(probabilities)
        self._y = outcomes.astype(np.float64)
        self._odds = odds - odds.mean()
        self._unturned = self._shift(1.0, float(odds.mean()))
        self._fitted = self._fit(self._unturned)
        self.slope = self._fitted[1]
        self.root = self._signed_root()
        """r*: about standard normal if the slope is 1; far below 0 if the version separates leads too boldly."""

    @property
    def p_flatter(self) -> float:
        """Probability of a slope this flat or flatter if it were 1."""
        return NormalDist().cdf(self.root)

    def slope_interval(self, confidence: float) -> tuple[float, float]:
        """Return bounds that the slope lies beyond with probability ``1 - confidence`` each.

        They are made from the test itself (Miettinen 1976): the upper one lies below 1 just if the test says so.
        """
        error = self._standard_error() * NormalDist().inv_cdf(confidence)
        return self.slope - error, self.slope + error

    def probabilities(self, slope: float) -> Floats:
        """Return the probabilities with that slope and as many conversions as there were: (n,)."""
        held = min(max(slope, _SLOPES[0]), _SLOPES[1])
        return _probability(self._shift(held, self._unturned) + held * self._odds)

    def _standard_error(self) -> float:
        away = self.slope - 1.0
        if abs(self.root) > _NEAR_ZERO and away * self.root > 0.0:
            return away / self.root
        return 1.0 / math.sqrt(self._information(*self._fitted).on_slope)

    def _signed_root(self) -> float:
        shift, slope = self._fitted
        gain = self._likelihood(shift, slope) - self._likelihood(self._unturned, 1.0)
        root = math.copysign(math.sqrt(2.0 * max(0.0, gain)), slope - 1.0)
        if abs(root) < _NEAR_ZERO or slope in _SLOPES:
            return root
        at_fit, at_one = self._information(shift, slope), self._information(self._unturned, 1.0)
        wald = (slope - 1.0) * math.sqrt(at_fit.on_shift * at_fit.on_slope / at_one.on_shift)
        return root + math.log(wald / root) / root if wald / root > 0.0 else root

    def _likelihood(self, shift: float, slope: float) -> float:
        line = shift + slope * self._odds
        return float(self._y @ line - np.logaddexp(0.0, line).sum())

    def _information(self, shift: float, slope: float) -> _Information:
        q = _probability(shift + slope * self._odds)
        weight = q * (1.0 - q)
        on_shift = max(float(weight.sum()), _SMALLEST_INFORMATION)
        centre = float(weight @ self._odds) / on_shift
        on_slope = max(float(weight @ (self._odds - centre) ** 2), _SMALLEST_INFORMATION)
        return _Information(on_shift, centre, on_slope)

    def _shift(self, slope: float, start: float) -> float:
        """Return the shift that makes as many conversions as there were, by Newton's steps, none longer than 1."""
        line, shift = slope * self._odds, start
        for _ in range(_STEPS):
            q = _probability(shift + line)
            step = float((self._y - q).sum()) / max(float((q * (1.0 - q)).sum()), _SMALLEST_INFORMATION)
            shift += min(max(step, -_LONGEST_STEP), _LONGEST_STEP)
            if abs(step) < _SMALL_STEP:
                break
        return shift

    def _fit(self, start: float) -> tuple[float, float]:
        """Return the likeliest (shift, slope), the slope within its limits."""
        shift, slope = start, 1.0
        for _ in range(_STEPS):
            missed = self._y - _probability(shift + slope * self._odds)
            known = self._information(shift, slope)
            step = float(missed @ (self._odds - known.centre)) / known.on_slope
            slope = min(max(slope + min(max(step, -_LONGEST_STEP), _LONGEST_STEP), _SLOPES[0]), _SLOPES[1])
            shift = self._shift(slope, shift)
            if abs(step) < _SMALL_STEP or slope in _SLOPES:
                break
        return shift, slope


def says_something(outcomes: Outcomes, probabilities: Floats) -> bool:
    """Return whether a slope can be fitted: both outcomes, and probabilities that differ."""
    return bool(
        outcomes.size
        and outcomes.any()
        and not outcomes.all()
        and float(np.ptp(log_odds(probabilities))) > _SMALLEST_SPREAD
    )


def _probability(line: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-line)), dtype=np.float64)
