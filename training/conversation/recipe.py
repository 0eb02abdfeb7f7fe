"""How a head is made: what it looks at, and how much its weights are held back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.conversation.heads.inputs import AGENT_TERMS, AGENT_VECTORS, SHAPE, TERMS, VECTORS

_SHAPE_SCALE = 0.3
"""Its columns are several times as long as those of a vector."""

TERMS_ALONE, VECTORS_ALONE, BOTH = "terms", "vectors", "both"
WITH_AGENT, TERMS_WITH_AGENT = "both and agent", "terms and agent"
INPUT_SETS: Mapping[str, Mapping[str, float]] = {
    TERMS_ALONE: {TERMS: 1.0, SHAPE: _SHAPE_SCALE},
    TERMS_WITH_AGENT: {TERMS: 1.0, AGENT_TERMS: 1.0, SHAPE: _SHAPE_SCALE},
    VECTORS_ALONE: {VECTORS: 1.0},
    BOTH: {VECTORS: 1.0, TERMS: 1.0, SHAPE: _SHAPE_SCALE},
    WITH_AGENT: {VECTORS: 1.0, TERMS: 1.0, AGENT_VECTORS: 1.0, AGENT_TERMS: 1.0, SHAPE: _SHAPE_SCALE},
}
"""Name to the scale of each input (:func:`training.conversation.linear.fit_linear`), simplest first."""
WITHOUT_ENCODER = (TERMS_ALONE, TERMS_WITH_AGENT)

STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0)
"""Tried from the middle outwards for as long as it gets better."""
PHRASE_WEIGHTS = (1.0, 0.3, 0.1)
"""How much a shipped phrase may count beside a tenant's own message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One way to make a head."""

    inputs: str
    """Of :data:`INPUT_SETS`."""
    strength: float
    """Inverse of the penalty on weights; of :data:`STRENGTHS`."""
    phrase_weight: float = 1.0
    """Of :data:`PHRASE_WEIGHTS`; 1 where all phrases are of one sort."""

    @property
    def scales(self) -> Mapping[str, float]:
        """Input name to its scale."""
        return INPUT_SETS[self.inputs]
