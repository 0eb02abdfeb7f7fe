"""A head: one graph over the shared inputs that says how likely each class is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from core.conversation.heads.graph import HeadGraph, Singles
from core.conversation.heads.inputs import OF_ENCODER, HeadInputs
from core.conversation.kinds import CLASSES, MULTI_LABEL
from core.conversation.terms import Vectorizer
from core.errors import ArtifactRefused
from core.version import MODEL_FILE

SLACK = 1e-3
"""How far probabilities may leave [0, 1], or their sum 1: single precision, and isotonic steps after each other."""


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class HeadModel:
    """A head, loaded and checked. Safe to share between threads."""

    content: str
    """SHA-256 over its files: heads of one content are one head, whatever their versions are called."""
    kind: str
    thresholds: tuple[float, ...]
    """Probability of each class from which it is present."""
    inputs: tuple[str, ...]
    """What its graph looks at, of :data:`core.conversation.heads.inputs.INPUTS`."""
    graph: HeadGraph
    encoder: str = ""
    """Name of the encoder it was fitted with; "" if it looks at no vectors."""
    vectorizer: Vectorizer | None = None
    plain_graph: HeadGraph | None = None
    """What stands in for its graph without the encoder."""
    plain_thresholds: tuple[float, ...] = ()
    plain_inputs: tuple[str, ...] = ()
    term_weights: Singles | None = None
    """(terms, classes): how much each term speaks for each class."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Its classes, in the order of the columns."""
        return CLASSES[self.kind]

    @property
    def needs_encoder(self) -> bool:
        """Whether its graph looks at sentence vectors."""
        return not OF_ENCODER.isdisjoint(self.inputs)

    def read(self, inputs: HeadInputs) -> Singles:
        """Return the probability of each class for each turn, float32 (n, classes).

        Raises:
            ArtifactRefused: If the graph fails, or says what are no probabilities.
        """
        return self._checked(_row_by_row(self.graph, inputs.get(self.inputs, self.vectorizer)), len(inputs.turns))

    def read_plain(self, inputs: HeadInputs) -> Singles:
        """Return the same without the encoder; only if there is a ``plain_graph``.

        Raises:
            ArtifactRefused: As :meth:`read`.
        """
        if self.plain_graph is None:
            raise ArtifactRefused(MODEL_FILE, "needs the encoder")
        found = _row_by_row(self.plain_graph, inputs.get(self.plain_inputs, self.vectorizer))
        return self._checked(found, len(inputs.turns))

    def weight_of(self, class_index: int) -> Callable[[str], float] | None:
        """Return what says how much a word, or two with a space between, speaks for a class; None if nobody knows."""
        if self.vectorizer is None or self.term_weights is None:
            return None
        columns_of = self.vectorizer.columns_of
        weights = self.term_weights[:, class_index] * self.vectorizer.idf

        def weight(term: str) -> float:
            return float(sum(weights[column] for column in columns_of(term)))

        return weight

    def _checked(self, found: Singles, count: int) -> Singles:
        if found.shape != (count, len(self.classes)):
            raise ArtifactRefused(MODEL_FILE, f"must return {len(self.classes)} probabilities for each turn")
        # Written so that NaN fails.
        if not ((found >= -SLACK) & (found <= 1.0 + SLACK)).all():
            raise ArtifactRefused(MODEL_FILE, "probabilities must lie within [0, 1]")
        within = np.clip(found, 0.0, 1.0)
        if self.kind in MULTI_LABEL:
            return within
        total = within.sum(axis=1, keepdims=True)
        if not (np.abs(total - 1.0) <= SLACK * len(self.classes)).all():
            raise ArtifactRefused(MODEL_FILE, "the probabilities of a turn must sum to 1")
        return np.asarray(within / total, dtype=np.float32)


def _row_by_row(graph: HeadGraph, inputs: Mapping[str, Singles]) -> Singles:
    """Run each turn by itself: sums over several rows end in other last digits than over one.

    So a turn gets the same answer whatever it is read with, and whether that was kept from before or not.
    """
    count = len(next(iter(inputs.values())))
    if count <= 1:
        return graph.run(inputs)
    return np.concatenate(
        [graph.run({name: rows[at : at + 1] for name, rows in inputs.items()}) for at in range(count)]
    )
