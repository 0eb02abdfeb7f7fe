"""Why an item was recommended: what its score is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.recommend.known import Known

Floats = npt.NDArray[np.float64]

COLLABORATIVE, CONTENT, POPULARITY = "collaborative", "content", "popularity"
_PARTS = (COLLABORATIVE, CONTENT, POPULARITY)
_NOTHING = 1e-9
_MOST_CAUSES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A past interaction that brought an item forward."""

    index: int
    """Into the history that was given."""
    share: float
    """Of all that past interactions brought in favour of the item, in (0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """Why one item has its score."""

    parts: Mapping[str, float]
    """Shares of ``collaborative``, ``content`` and ``popularity`` in what speaks for the item, each > 0; sum 1."""
    because: tuple[Cause, ...]
    """Largest share first, at most 5; empty if nothing in the history speaks for it."""


def find_causes(known: Known, collaborative: Floats, content: Floats, popularity: Floats) -> list[Causes]:
    """Return the causes of each of t items.

    Args:
        known: The h interactions.
        collaborative: (h, t), what each brought, above what it brings to the average item.
        content: (h, t), the same.
        popularity: (t,), what popularity brought above the least popular item, >= 0.
    """
    brought = collaborative + content
    order = np.argsort(-brought, axis=0, kind="stable")[:_MOST_CAUSES]
    ordered = np.take_along_axis(brought, order, axis=0)
    favourable = np.where(brought > 0.0, brought, 0.0).sum(axis=0)
    indices = known.indices[order].T.tolist()
    shares = np.divide(ordered, favourable, out=np.zeros_like(ordered), where=ordered > 0.0).T.tolist()
    sums = np.stack([collaborative.sum(axis=0), content.sum(axis=0), popularity], axis=1).tolist()
    return [_causes_of(*one) for one in zip(sums, indices, shares, strict=True)]


def _causes_of(sums: Sequence[float], indices: Sequence[int], shares: Sequence[float]) -> Causes:
    if sums[0] + sums[1] <= _NOTHING:
        # Taken together, the past speaks against it: only popularity put it here.
        return Causes(parts={POPULARITY: 1.0}, because=())
    speaking = {name: value for name, value in zip(_PARTS, sums, strict=True) if value > _NOTHING}
    total = sum(speaking.values())
    because = tuple(
        Cause(index=index, share=share) for index, share in zip(indices, shares, strict=True) if share > 0.0
    )
    return Causes(parts={name: value / total for name, value in speaking.items()}, because=because)
