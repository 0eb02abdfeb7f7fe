"""How the parts of a recommender are weighed against each other, and the past against the newest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

HALF_TRUST = 1.0
"""Effective number of interactions at which what a history says counts half: one look is not a taste."""
COLD_SHARE = 0.5
"""Of the weight of all that rests on the history: what content alone counts for an item with no history of its own."""
SMALLEST_SPREAD = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the blend."""

    weight: float
    """Of its standardised scores, >= 0."""
    recency: float = 0.0
    """The k-th newest interaction counts k to the power of minus this, >= 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """The parts; a part of weight 0 is not asked."""

    ease: Part
    transitions: Part
    factors: Part
    content: Part
    popularity: float
    """Weight of the standardised popularity, >= 0."""
    preference_power: float = 1.0
    """Strength of a wish is taken to this power, in [0, 1]; 0: only its sign counts."""

    @property
    def cold_content(self) -> float:
        """Weight of content for items that only their content is known of."""
        on_history = self.ease.weight + self.transitions.weight + self.factors.weight + self.content.weight
        return max(self.content.weight, COLD_SHARE * on_history)


CONTENT_ONLY = Blend(
    ease=Part(weight=0.0),
    transitions=Part(weight=0.0),
    factors=Part(weight=0.0),
    content=Part(weight=1.0, recency=0.5),
    popularity=0.5,
)
"""Until there is enough to learn from."""


def recency_weights(count: int, power: float) -> Floats:
    """Return what interactions count, oldest first, (count,): the newest 1, the k-th newest k ** -power."""
    return np.asarray(np.arange(count, 0, -1, dtype=np.float64) ** -power, dtype=np.float64)


def strengths(weights: Floats, power: float) -> Floats:
    """Return weights with their sign kept and their size taken to a power."""
    return np.asarray(np.sign(weights) * np.abs(weights) ** power, dtype=np.float64)


def trust(count: int) -> float:
    """Return how much a history of ``count`` interactions counts, in [0, 1)."""
    return count / (count + HALF_TRUST)


def factor_of(weight: float, variance: float, trusted: float) -> float:
    """Return what raw scores are multiplied by to be standardised, weighted and trusted; 0 if all are equal."""
    spread = float(np.sqrt(max(variance, 0.0)))
    return 0.0 if spread < SMALLEST_SPREAD else weight * trusted / spread
