"""Golden turns: what a head said when it was fitted, to be said again wherever it serves."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence

import numpy as np

from core.conversation.encoder import WIDTH
from core.conversation.heads.graph import Singles
from core.conversation.heads.inputs import HeadInputs, VectorsOf
from core.conversation.heads.model import HeadModel
from core.conversation.heads.turn import Turn
from core.errors import ArtifactRefused
from core.registry.fields import FieldReader, Problem
from core.version import GOLDEN_FILE

TOLERANCE = 1e-4
MOST_TURNS = 32
LONGEST_TEXT = 1_000
_FIELDS = {"turns", "vectors", "probabilities", "without_encoder"}


def golden_content(model: HeadModel, turns: Sequence[Turn], vectors_of: VectorsOf | None) -> bytes:
    """Return the golden file of a head: turns, their vectors, and what it says of them.

    The vectors are in it because encoders on other processors differ in the last digits, and heads must not.

    Args:
        model: The head.
        turns: 1 to 32, invented ones: the file is kept as it is.
        vectors_of: Encodes; None for a head that looks at no vectors.
    """
    texts = sorted({text for turn in turns for text in turn if text}) if model.needs_encoder else []
    vectors = dict(zip(texts, vectors_of(texts), strict=True)) if texts and vectors_of is not None else {}
    inputs = HeadInputs(turns, _looked_up(vectors))
    content = {
        "turns": [list(turn) for turn in turns],
        "vectors": {text: base64.b64encode(vector.tobytes()).decode("ascii") for text, vector in vectors.items()},
        "probabilities": _rounded(model.read(inputs)),
        "without_encoder": None if model.plain_graph is None else _rounded(model.read_plain(inputs)),
    }
    return json.dumps(content, separators=(",", ":"), allow_nan=False).encode("ascii")


def check_golden(model: HeadModel, content: object) -> None:
    """Compare what a head says with its golden file.

    Raises:
        ArtifactRefused: If it says something else, or the file is damaged.
    """
    try:
        reader = FieldReader(content, "golden", _FIELDS)
        inputs = HeadInputs(_turns(reader), _looked_up(_vectors(content)))
        _compare(model, reader, "probabilities", lambda: model.read(inputs))
        if model.plain_graph is not None:
            _compare(model, reader, "without_encoder", lambda: model.read_plain(inputs))
    except Problem as wrong:
        raise ArtifactRefused(GOLDEN_FILE, str(wrong)) from wrong


def _compare(model: HeadModel, reader: FieldReader, name: str, read: Callable[[], Singles]) -> None:
    rows = reader.rows(name)
    named = {str(number): row for number, row in enumerate(rows)}
    numbers = FieldReader(named, name, set(named))
    expected = np.array([numbers.numbers(key, len(model.classes)) for key in named])
    found = read()
    # Written so that NaN fails.
    if found.shape != expected.shape or not (np.abs(found - expected) <= TOLERANCE).all():
        raise Problem(f"the graph does not reproduce {name}")


def _turns(reader: FieldReader) -> list[Turn]:
    turns = []
    for row in reader.rows("turns")[: MOST_TURNS + 1]:
        if not (isinstance(row, list) and len(row) == len(Turn._fields) and all(map(_is_text, row)) and row[0]):
            raise Problem(f"turns must be pairs of texts of at most {LONGEST_TEXT} characters")
        turns.append(Turn(*row))
    if not 1 <= len(turns) <= MOST_TURNS:
        raise Problem(f"must hold 1 to {MOST_TURNS} turns")
    return turns


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT


def _vectors(content: object) -> dict[str, Singles]:
    found = content["vectors"] if isinstance(content, dict) else None
    if not isinstance(found, dict):
        raise Problem("vectors must be an object")
    return {text: _vector(encoded) for text, encoded in found.items()}


def _vector(encoded: object) -> Singles:
    try:
        vector = np.frombuffer(base64.b64decode(str(encoded), validate=True), dtype=np.float32)
    except (binascii.Error, ValueError) as wrong:
        raise Problem("vectors must be numbers of 32 bits in base64") from wrong
    if vector.shape != (WIDTH,) or not np.isfinite(vector).all():
        raise Problem(f"vectors must be {WIDTH} finite numbers each")
    return vector


def _looked_up(vectors: dict[str, Singles]) -> VectorsOf:
    def vectors_of(texts: Sequence[str]) -> Singles:
        if not vectors.keys() >= set(texts):
            raise Problem("vectors must hold one for each text")
        return np.stack([vectors[text] for text in texts])

    return vectors_of


def _rounded(rows: Singles) -> list[list[float]]:
    return [[round(float(value), 7) for value in row] for row in rows]
