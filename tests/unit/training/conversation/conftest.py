"""Small material: invented words instead of an encoder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest

from core.conversation.encoder import WIDTH
from core.conversation.heads.turn import Turn
from core.version import SENTIMENT, URGENCY
from training.conversation.material import Material, make_material
from training.conversation.phrase import Phrase

GOOD = ("lovely", "great", "pleasant", "superb", "fine", "sunny", "warm", "neat")
BAD = ("awful", "broken", "dirty", "rotten", "noisy", "cold", "grim", "late")
PLAIN = ("table", "number", "street", "folder", "window", "paper", "corner", "ticket")
THINGS = ("the flat", "our visit", "this plan")
ENCODER = "made-up"


def vectors_of(texts: Sequence[str]) -> np.ndarray:
    """Return for each text a vector of length 1 that depends on its words alone."""
    rows = np.zeros((len(texts), WIDTH), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in text.split():
            row[hashlib.sha256(word.encode()).digest()[0]] += 1.0
    return rows / np.maximum(1.0, np.linalg.norm(rows, axis=1, keepdims=True))


def made_up_phrases() -> list[Phrase]:
    """Return 72 phrases: good, bad and plain ones; the bad ones are urgent."""
    return [
        Phrase(
            turn=Turn(f"{thing} was {word} indeed"),
            labels={SENTIMENT: frozenset({label}), URGENCY: frozenset({"yes"} if label == "negative" else ())},
            group=f"{word}",
            is_ordinary=label != "negative",
        )
        for label, words in (("positive", GOOD), ("negative", BAD), ("neutral", PLAIN))
        for word in words
        for thing in THINGS
    ]


@pytest.fixture(scope="session")
def material() -> Material:
    return make_material(made_up_phrases(), ENCODER, vectors_of)
