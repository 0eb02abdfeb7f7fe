"""What the graphs of heads are given: arrays of one row for each turn, each made only if a head looks at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import log1p

import numpy as np
import numpy.typing as npt

from core.conversation.encoder import WIDTH
from core.conversation.heads.turn import Turn
from core.conversation.terms import Vectorizer, tokens_with_spans

Singles = npt.NDArray[np.float32]

VECTORS, TERMS, AGENT_VECTORS, AGENT_TERMS, SHAPE = "vectors", "terms", "agent_vectors", "agent_terms", "shape"
INPUTS = (VECTORS, TERMS, AGENT_VECTORS, AGENT_TERMS, SHAPE)
"""Names of inputs: the sentence vector of the message, (n, 384); its terms, (n, terms); the same of the agent's turn
before it, 0 without one; and its shape, (n, 6). All float32."""
OF_ENCODER = frozenset({VECTORS, AGENT_VECTORS})
OF_TERMS = frozenset({TERMS, AGENT_TERMS})
SHAPE_WIDTH = 6
FEW_TOKENS = 3
OUTPUT = "probabilities"
"""Name of the output: float32 (n, classes)."""

VectorsOf = Callable[[Sequence[str]], Singles]
"""Returns (n, 384) for n texts that are not empty."""


def shape_row(turn: Turn) -> list[float]:
    """Return log(1 + tokens), and whether there are few tokens, ``?``, a digit, ``!``, and a turn of the agent."""
    text = turn.text
    count = len(tokens_with_spans(text))
    return [
        log1p(count),
        float(count <= FEW_TOKENS),
        float("?" in text),
        float(any(map(str.isdigit, text))),
        float("!" in text),
        float(bool(turn.agent_text)),
    ]


class HeadInputs:
    """The inputs of some turns. Not safe to share between threads.

    Args:
        turns: What heads read.
        vectors_of: Encodes texts; None where nothing does.
    """

    def __init__(self, turns: Sequence[Turn], vectors_of: VectorsOf | None = None) -> None:
        self.turns = turns
        self._vectors_of = vectors_of
        self._made: dict[tuple[str, int], Singles] = {}

    def get(self, names: Sequence[str], vectorizer: Vectorizer | None) -> Mapping[str, Singles]:
        """Return inputs by name.

        Args:
            names: Of :data:`INPUTS`; those of the encoder only where there is one, terms only with a vectorizer.
            vectorizer: Of the head.
        """
        return {name: self._get(name, vectorizer) for name in names}

    def _get(self, name: str, vectorizer: Vectorizer | None) -> Singles:
        key = (name, id(vectorizer) if name in OF_TERMS else 0)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._make(name, vectorizer)
        return found

    def _make(self, name: str, vectorizer: Vectorizer | None) -> Singles:
        if name == SHAPE:
            rows = np.array([shape_row(turn) for turn in self.turns], dtype=np.float32)
            return rows.reshape(len(self.turns), SHAPE_WIDTH)
        texts = [turn.text if name in {VECTORS, TERMS} else turn.agent_text for turn in self.turns]
        if name in OF_ENCODER:
            return self._encoded(texts)
        if vectorizer is None:
            raise ValueError("a head that looks at terms needs a vectorizer")
        return vectorizer.rows(texts)

    def _encoded(self, texts: Sequence[str]) -> Singles:
        rows = np.zeros((len(texts), WIDTH), dtype=np.float32)
        there = [row for row, text in enumerate(texts) if text]
        if there:
            if self._vectors_of is None:
                raise ValueError("a head that looks at vectors needs an encoder")
            rows[there] = self._vectors_of([texts[row] for row in there])
        return rows
