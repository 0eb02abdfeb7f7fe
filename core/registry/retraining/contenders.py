"""The contenders for serving, measured on the same leads and the same resamples of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.bootstrap import resampled
from core.evaluation.calibration import equal_width_bins, weighted_ece
from core.evaluation.decisions import weighted_decisions
from core.evaluation.losses import log_losses, squared_losses
from core.evaluation.metrics import Measure
from core.evaluation.ranking import rank_order, weighted_auc
from core.evaluation.sample import in_every_weighting
from core.registry.retraining.swapping import p_by_swapping
from core.registry.training_run import Contender
from core.version import Metric

Floats = npt.NDArray[np.float64]
Outcomes = npt.NDArray[np.bool_]

FIGURES = ("auc", "log_loss", "brier", "f1", "ece")
_RESAMPLES = 1_000
_LEVEL = 0.95
_Z = 1.6448536269514722


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """Who takes part."""

    name: str
    version: str
    """"" for a constant."""
    probabilities: Floats
    """(n,)."""


class Comparison:
    """Every figure of every entrant, on the leads and on 1,000 resamples that all entrants share.

    The resamples are spread out as the t distribution asks for (Hesterberg 2015, Am. Statistician 69: "expanded
    percentile interval"): plain ones are too narrow for a few dozen leads.

    Args:
        outcomes: (n,), n >= 1.
        entrants: At least one; their names differ.
        threshold: Of F1.
        seed: Of the resampling.
    """

    def __init__(self, outcomes: Outcomes, entrants: tuple[Entrant, ...], *, threshold: float, seed: int) -> None:
        self._size, self._seed = outcomes.size, seed
        self._entrants = entrants
        of = _measure_all({entrant.name: _measure(outcomes, entrant.probabilities, threshold) for entrant in entrants})
        self._values = {key: float(value[0]) for key, value in of(np.ones((1, self._size))).items()}
        self._drawn = resampled(of, self._size, _RESAMPLES, np.random.default_rng(seed))
        self._losses = {entrant.name: log_losses(outcomes, entrant.probabilities) for entrant in entrants}
        self._by_chance: dict[tuple[str, str], float] = {}

    def value(self, name: str, figure: str) -> float:
        """Return a figure on the leads; NaN for the AUC of leads with one outcome."""
        return self._values[f"{name}.{figure}"]

    def gain(self, name: str, other: str, figure: str) -> Gain:
        """Return by how much ``name`` is better than ``other``: higher for AUC and F1, lower for the rest."""
        sign = 1.0 if figure in ("auc", "f1") else -1.0
        value = sign * (self.value(name, figure) - self.value(other, figure))
        drawn = sign * (self._drawn[f"{name}.{figure}"] - self._drawn[f"{other}.{figure}"])
        return Gain(value=value, drawn=self._usable(drawn, figure, value))

    def p_by_chance(self, name: str, other: str) -> float:
        """Return how often a gain of this size in log-loss comes out between two that are equally good."""
        if (name, other) not in self._by_chance:
            gains = self._losses[other] - self._losses[name]
            self._by_chance[name, other] = p_by_swapping(gains, seed=self._seed)
        return self._by_chance[name, other]

    def contenders(self) -> tuple[Contender, ...]:
        """Return every entrant with the figures it has."""
        return tuple(
            Contender(
                name=entrant.name,
                version=entrant.version,
                metrics=tuple(self._metric(entrant.name, figure) for figure in FIGURES if self._has(entrant, figure)),
            )
            for entrant in self._entrants
        )

    def _has(self, entrant: Entrant, figure: str) -> bool:
        return not math.isnan(self.value(entrant.name, figure))

    def _metric(self, name: str, figure: str) -> Metric:
        value, drawn = self.value(name, figure), self._drawn[f"{name}.{figure}"]
        known = self._usable(drawn, figure, value)
        if known.size == 0:
            return Metric(name=figure, value=value, sample_count=self._size)
        lower, upper = np.quantile(known, [(1.0 - _LEVEL) / 2.0, (1.0 + _LEVEL) / 2.0])
        least, most = (0.0, math.inf) if figure == "log_loss" else (0.0, 1.0)
        return Metric(
            name=figure,
            value=value,
            lower=min(max(float(lower), least), most),
            upper=min(max(float(upper), least), most),
            level=_LEVEL,
            sample_count=self._size,
        )

    def _usable(self, drawn: Floats, figure: str, value: float) -> Floats:
        """Return the resamples with a figure, spread out; those of ECE moved back by what resampling adds to it."""
        known = drawn[~np.isnan(drawn)]
        if known.size == 0:
            return known
        centre = known.mean()
        about = value if figure == "ece" else centre
        return np.asarray(about + (known - centre) * _expansion(self._size), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """How much better one entrant is than another."""

    value: float
    """NaN where neither can be told."""
    drawn: Floats
    """On every resample that tells."""

    def probability_above(self, least: float) -> float:
        """Return the share of resamples above ``least``, those at it counting half; 0.5 if none tells."""
        if self.drawn.size == 0:
            return 0.5
        return float((self.drawn > least).mean() + (self.drawn == least).mean() / 2.0)

    def bounds(self, confidence: float) -> tuple[float, float]:
        """Return the one-sided lower and upper bounds."""
        if self.drawn.size == 0:
            return self.value, self.value
        lower, upper = np.quantile(self.drawn, [1.0 - confidence, confidence])
        return float(lower), float(upper)


def _measure(outcomes: Outcomes, probabilities: Floats, threshold: float) -> Measure:
    order = rank_order(outcomes, probabilities)
    losses = np.stack([log_losses(outcomes, probabilities), squared_losses(outcomes, probabilities)], axis=1)
    bins = equal_width_bins(probabilities)

    def of(weights: Floats) -> dict[str, Floats]:
        means = in_every_weighting(losses, weights) / weights.sum(axis=1, keepdims=True)
        return {
            "auc": weighted_auc(order, weights),
            "log_loss": means[:, 0],
            "brier": means[:, 1],
            "f1": weighted_decisions(outcomes, probabilities, threshold, weights).f1,
            "ece": weighted_ece(outcomes, probabilities, bins, weights),
        }

    return of


def _measure_all(measures: Mapping[str, Measure]) -> Measure:
    def of(weights: Floats) -> dict[str, Floats]:
        return {
            f"{name}.{figure}": values for name, each in measures.items() for figure, values in each(weights).items()
        }

    return of


def _expansion(size: int) -> float:
    """Return how far resamples of ``size`` leads must be spread: t at 95 % over z, and n over n - 1 in the variance."""
    freedom = max(1, size - 1)
    t = _Z + (_Z**3 + _Z) / (4 * freedom) + (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / (96 * freedom**2)
    return t / _Z * math.sqrt(size / freedom)
