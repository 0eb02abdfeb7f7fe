"""The corrected probability, and one step of learning it.

The correction is Platt scaling (Platt 1999) that is fitted anew with every outcome: the log odds of the version are
moved by ``bias + slope * log odds``. Two numbers can follow a base rate that moves and probabilities that have become
too sure or not sure enough, and nothing else; whatever else changed is for the next training to find. It is learned by
an extended Kalman filter for logistic regression whose weights may wander (Fahrmeir 1992, "Posterior mode estimation by
extended Kalman filtering for multivariate dynamic generalized linear models").
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from core.scoring.online.wager import LARGEST_GAIN

BIAS_VARIANCE, SLOPE_VARIANCE = 0.25, 0.04
"""Of the prior. The learning rate never rises above what they give, however long nothing was learned."""
DRIFT = 5e-5
"""How far the variances go back to the prior's before each outcome: the truth may have moved by so much. Where one lead
in ten converts the last 700 outcomes or so count, where every other does the last 600."""
LARGEST_BIAS = 3.0
SMALLEST_SLOPE, LARGEST_SLOPE = -0.8, 2.0
"""Above -1, so that a lead the version puts higher stays higher."""
FARTHEST_LOG_ODDS = 6.0
"""Probabilities nearer to 0 or 1 than 0.0025 are taken for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The correction."""

    bias: float = 0.0
    slope: float = 0.0

    def corrected(self, probability: float) -> float:
        """Return the corrected probability.

        Its log odds are within LARGEST_GAIN of the version's, so that the log-losses of the two differ by no more.
        """
        if not self.bias and not self.slope:
            return probability
        log_odds = log_odds_of(probability)
        shift = self.bias + self.slope * log_odds
        shift = min(LARGEST_GAIN, max(-LARGEST_GAIN, shift))
        return _odds_moved(probability, shift)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Weights with how sure they are."""

    weights: Weights = field(default_factory=Weights)
    bias_variance: float = BIAS_VARIANCE
    covariance: float = 0.0
    slope_variance: float = SLOPE_VARIANCE

    def after(self, probability: float, outcome: int) -> Filter:
        """Return the filter after one outcome.

        Args:
            probability: What the version said, in [0, 1].
            outcome: 0 or 1.
        """
        aged = self._aged()
        z = log_odds_of(probability)
        expected = aged.weights.corrected(probability)
        to_bias = aged.bias_variance + aged.covariance * z
        to_slope = aged.covariance + aged.slope_variance * z
        curvature = expected * (1.0 - expected)
        shrink = 1.0 / (1.0 + curvature * (to_bias + to_slope * z))
        step = shrink * (outcome - expected)
        spent = curvature * shrink
        return Filter(
            weights=aged.moved(to_bias * step, to_slope * step),
            bias_variance=aged.bias_variance - spent * to_bias * to_bias,
            covariance=aged.covariance - spent * to_bias * to_slope,
            slope_variance=aged.slope_variance - spent * to_slope * to_slope,
        )

    def corrected_by(self, probability: float, difference: int) -> Filter:
        """Return the filter after an outcome it learned turned out otherwise.

        The gradient of the log-loss is ``expected - outcome``, so that the difference of the outcomes is exactly what
        separates the two steps at one learning rate; the present one is used.

        Args:
            probability: What the version said.
            difference: The outcome now less the one that was learned: -1 or 1.
        """
        z = log_odds_of(probability)
        to_bias = self.bias_variance + self.covariance * z
        to_slope = self.covariance + self.slope_variance * z
        expected = self.weights.corrected(probability)
        curvature = expected * (1.0 - expected)
        step = difference / (1.0 + curvature * (to_bias + to_slope * z))
        return Filter(
            weights=self.moved(to_bias * step, to_slope * step),
            bias_variance=self.bias_variance,
            covariance=self.covariance,
            slope_variance=self.slope_variance,
        )

    def moved(self, bias: float, slope: float) -> Weights:
        """Return the weights after a step, kept within their limits."""
        return Weights(
            bias=min(LARGEST_BIAS, max(-LARGEST_BIAS, self.weights.bias + bias)),
            slope=min(LARGEST_SLOPE, max(SMALLEST_SLOPE, self.weights.slope + slope)),
        )

    def _aged(self) -> Filter:
        """Become a little less sure. Between what is known and the prior, so that no direction forgets more."""
        kept = 1.0 - DRIFT
        return Filter(
            weights=self.weights,
            bias_variance=kept * self.bias_variance + DRIFT * BIAS_VARIANCE,
            covariance=kept * self.covariance,
            slope_variance=kept * self.slope_variance + DRIFT * SLOPE_VARIANCE,
        )


def log_odds_of(probability: float) -> float:
    """Return the log odds, within +-FARTHEST_LOG_ODDS."""
    if probability <= 0.0:
        return -FARTHEST_LOG_ODDS
    if probability >= 1.0:
        return FARTHEST_LOG_ODDS
    return min(FARTHEST_LOG_ODDS, max(-FARTHEST_LOG_ODDS, math.log(probability / (1.0 - probability))))


def _odds_moved(probability: float, shift: float) -> float:
    """Return the probability whose log odds are ``shift`` higher; 0 and 1 stay."""
    grown = probability * math.exp(shift)
    return grown / (grown + (1.0 - probability))


def log_loss(probability: float, outcome: int) -> float:
    """Return the logarithmic loss in nats; a certain and wrong probability costs 34.5."""
    given = probability if outcome else 1.0 - probability
    return -math.log(max(given, _SMALLEST))


_SMALLEST = 1e-15
"""As :func:`core.evaluation.losses.log_losses` has it."""
