"""The part of a history that a recommender knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.recommend.blending import Part, recency_weights, strengths
from core.recommend.interaction import Interaction

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]

MOST_USED = 150
"""Newest interactions a call looks at: what is older counts next to nothing, and calls stay as fast."""


class Known(NamedTuple):
    """Interactions with known items, oldest first."""

    indices: Positions
    """(h,): where each stands in the history that was given."""
    items: Positions
    """(h,): positions in the catalogue."""
    weights: Floats
    """(h,): as :class:`core.recommend.interaction.Interaction` has them."""

    @classmethod
    def of(cls, history: Sequence[Interaction], index: Mapping[str, int], moment_us: int) -> Known:
        """Return the newest 150 interactions with items of ``index``, up to a moment."""
        found: list[tuple[int, int, float]] = []
        for place in range(len(history) - 1, -1, -1):
            one = history[place]
            item = index.get(one.item_id)
            if item is not None and one.occurred_us <= moment_us and one.weight:
                found.append((place, item, one.weight))
                if len(found) == MOST_USED:
                    break
        found.reverse()
        return cls(
            np.array([place for place, _, _ in found], dtype=np.intp),
            np.array([item for _, item, _ in found], dtype=np.intp),
            np.array([weight for _, _, weight in found], dtype=np.float64),
        )

    def weighed(self, part: Part, preference_power: float) -> Floats:
        """Return what each interaction counts in a part of the blend, (h,)."""
        return strengths(self.weights, preference_power) * recency_weights(self.weights.size, part.recency)
