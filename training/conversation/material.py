"""Turns phrases into what heads are fitted on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from core.conversation.heads.inputs import AGENT_TERMS, AGENT_VECTORS, SHAPE, TERMS, VECTORS, HeadInputs, VectorsOf
from core.conversation.heads.turn import Turn
from core.conversation.terms import Vectorizer
from training.conversation.linear import Block, Blocks, Singles
from training.conversation.phrase import Phrase

_AT_ONCE = 256
_WITHOUT_ENCODER = (TERMS, AGENT_TERMS, SHAPE)
_ALL = (VECTORS, TERMS, AGENT_VECTORS, AGENT_TERMS, SHAPE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Phrases and what heads see of them."""

    phrases: Sequence[Phrase]
    blocks: Blocks
    """Input name to (phrases, width)."""
    vectorizer: Vectorizer
    encoder: str
    """Name of the encoder; "" without one."""
    vectors_of: VectorsOf | None


def make_material(phrases: Sequence[Phrase], encoder: str, vectors_of: VectorsOf | None) -> Material:
    """Fit the vectorizer on all phrases and return them with their inputs.

    Args:
        phrases: In any order; the same order gives the same heads.
        encoder: Its name; "" without one.
        vectors_of: Encodes texts; None without an encoder.
    """
    turns = [phrase.turn for phrase in phrases]
    vectorizer = fit_vectorizer(turns)
    kept = None if vectors_of is None else remembering(vectors_of)
    return Material(
        phrases=phrases,
        blocks=blocks_of(turns, vectorizer, kept),
        vectorizer=vectorizer,
        encoder=encoder,
        vectors_of=kept,
    )


def fit_vectorizer(turns: Sequence[Turn]) -> Vectorizer:
    """Learn the terms of messages and of what agents said before them, each text once."""
    texts = dict.fromkeys(text for turn in turns for text in turn if text)
    return Vectorizer.fit(list(texts))


def blocks_of(turns: Sequence[Turn], vectorizer: Vectorizer, vectors_of: VectorsOf | None) -> dict[str, Block]:
    """Return every input of turns: terms as sparse matrices, the others dense.

    Args:
        turns: n of them.
        vectorizer: Of the terms.
        vectors_of: Encodes texts; None leaves the vectors out.
    """
    names = _WITHOUT_ENCODER if vectors_of is None else _ALL
    parts: dict[str, list[Block]] = {name: [] for name in names}
    for some in _batches(turns):
        made = HeadInputs(some, vectors_of).get(names, vectorizer)
        for name, rows in made.items():
            parts[name].append(sp.csr_matrix(rows) if name in {TERMS, AGENT_TERMS} else rows)
    return {name: _joined(found) for name, found in parts.items()}


def remembering(vectors_of: VectorsOf) -> VectorsOf:
    """Return what encodes each text once."""
    known: dict[str, Singles] = {}

    def remembered(texts: Sequence[str]) -> Singles:
        new = list(dict.fromkeys(text for text in texts if text not in known))
        if new:
            known.update(zip(new, vectors_of(new), strict=True))
        return np.stack([known[text] for text in texts])

    return remembered


def targets_of(phrases: Sequence[Phrase], kind: str, classes: Sequence[str]) -> tuple[npt.NDArray[np.intp], Singles]:
    """Return the rows whose labels of a kind are known, and 1 where a class holds, (rows, classes)."""
    rows = np.array([row for row, phrase in enumerate(phrases) if kind in phrase.labels], dtype=np.intp)
    held = [[name in phrases[row].labels[kind] for name in classes] for row in rows]
    return rows, np.array(held, dtype=np.float32).reshape(len(rows), len(classes))


def _joined(parts: Sequence[Block]) -> Block:
    if sp.issparse(parts[0]):
        return sp.csr_matrix(sp.vstack(parts))
    return np.concatenate([np.asarray(part) for part in parts])


def _batches(turns: Sequence[Turn]) -> Iterator[Sequence[Turn]]:
    for start in range(0, len(turns), _AT_ONCE):
        yield turns[start : start + _AT_ONCE]
