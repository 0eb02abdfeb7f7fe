"""Items like an item."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Singles = npt.NDArray[np.float32]

CONTENT_SHARE = 0.3
"""Of content in the likeness of two items whose histories are known; of others it is all."""
_SHORTEST = 1e-12


def likeness(position: int, factors: Singles | None, content: Singles) -> Singles:
    """Return how alike every item is to one, float32 (n,), in [-1, 1].

    The cosine of who touched them (factors) blended with the cosine of what they are (content).

    Args:
        position: The item.
        factors: (t, f) of the first t items; None without any.
        content: (n, d), rows of length 1 or 0.
    """
    alike = content @ content[position]
    if factors is None or position >= len(factors):
        return _bounded(alike)
    lengths = np.linalg.norm(factors, axis=1)
    own = float(lengths[position])
    if own < _SHORTEST:
        return _bounded(alike)
    cosines = factors @ (factors[position] / own)
    known = lengths > _SHORTEST
    blended = alike.copy()
    trained = blended[: len(factors)]
    share = CONTENT_SHARE if content.shape[1] else 0.0
    trained[known] = share * trained[known] + (1.0 - share) * cosines[known] / lengths[known]
    return _bounded(blended)


def likeness_among(factors: Singles | None, content: Singles) -> Singles:
    """Return how alike each two of k items are, float32 (k, k), as :func:`likeness` has it.

    Args:
        factors: (k, f), rows of 0 for items that the factors do not know; None without any.
        content: (k, d), rows of length 1 or 0.
    """
    alike = content @ content.T
    if factors is None:
        return _bounded(alike)
    lengths = np.sqrt(np.einsum("ij,ij->i", factors, factors))
    known = lengths > _SHORTEST
    directions = np.divide(factors, lengths[:, None], out=np.zeros_like(factors), where=known[:, None])
    share = CONTENT_SHARE if content.shape[1] else 0.0
    blended = share * alike + (1.0 - share) * (directions @ directions.T)
    return _bounded(blended if known.all() else np.where(np.outer(known, known), blended, alike))


def most_similar(alike: Singles, position: int, limit: int) -> list[int]:
    """Return the positions of the ``limit`` items most alike, without the item itself, best first."""
    order = np.argsort(-alike, kind="stable")
    return [int(other) for other in order[: limit + 1] if other != position][:limit]


def _bounded(alike: Singles) -> Singles:
    return np.asarray(np.clip(alike, -1.0, 1.0), dtype=np.float32)
