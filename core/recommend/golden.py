"""Golden histories: what a recommender said when it was fitted, to be said again wherever it serves."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from core.errors import ArtifactRefused
from core.recommend.interaction import Interaction
from core.recommend.model import RecommendationModel
from core.registry.fields import FieldReader, Problem
from core.version import GOLDEN_FILE

TOLERANCE = 1e-4
"""Scores are sums of standardised parts in single precision: other processors add in another order."""
MOST_HISTORIES = 20
MOST_INTERACTIONS = 50
_POSITIONS = 20
_MOMENT_US = 2**53 - 1
_FIELDS = {"history", "positions", "scores"}


def golden_content(model: RecommendationModel, histories: Sequence[Sequence[Interaction]]) -> bytes:
    """Return the golden file: short histories and the scores of some items for each, the best among them.

    Item ids and weights are all that is kept of a history.
    """
    rows = []
    for history in [[], *histories][:MOST_HISTORIES]:
        known = [(one.item_id, one.weight) for one in history[-MOST_INTERACTIONS:]]
        scores = model.scores(_history(known), _MOMENT_US)
        best = np.argsort(-scores, kind="stable")[: _POSITIONS // 2]
        spread = np.linspace(0, max(0, scores.size - 1), num=min(_POSITIONS // 2, scores.size)).astype(np.intp)
        positions = np.unique(np.concatenate([best, spread]))
        rows.append(
            {
                "history": known,
                "positions": [int(position) for position in positions],
                "scores": [float(scores[position]) for position in positions],
            }
        )
    return json.dumps({"histories": rows}, separators=(",", ":"), allow_nan=False).encode("ascii")


def check_golden(model: RecommendationModel, content: object) -> None:
    """Compare what a model says with its golden file.

    Raises:
        ArtifactRefused: If it says something else, or the file is damaged.
    """
    try:
        rows = FieldReader(content, "golden", {"histories"}).rows("histories")
        for number, row in enumerate(rows[: MOST_HISTORIES + 1]):
            _check(model, row, f"histories[{number}]")
    except Problem as wrong:
        raise ArtifactRefused(GOLDEN_FILE, str(wrong)) from wrong
    if not 1 <= len(rows) <= MOST_HISTORIES:
        raise ArtifactRefused(GOLDEN_FILE, f"must hold 1 to {MOST_HISTORIES} histories")


def _check(model: RecommendationModel, row: object, place: str) -> None:
    reader = FieldReader(row, place, _FIELDS)
    positions = _read_positions(reader, place, len(model.item_ids))
    expected = np.array(reader.numbers("scores", len(positions)))
    scores = model.scores(_read_history(reader, place), _MOMENT_US)[positions]
    if positions and not np.allclose(scores, expected, rtol=TOLERANCE, atol=TOLERANCE):
        off = float(np.max(np.abs(scores - expected)))
        raise Problem(f"{place}: the scores differ by up to {off:.2g}")


def _read_history(reader: FieldReader, place: str) -> list[Interaction]:
    pairs: list[tuple[str, float]] = []
    for entry in reader.rows("history")[: MOST_INTERACTIONS + 1]:
        if not isinstance(entry, list) or len(entry) != len(("item", "weight")):
            raise Problem(f"{place}.history must hold pairs")
        pair = FieldReader({"item": entry[0], "weight": entry[1]}, place, {"item", "weight"})
        pairs.append((pair.text("item"), pair.number("weight")))
    return _history(pairs)


def _history(pairs: Sequence[tuple[str, float]]) -> list[Interaction]:
    return [Interaction(item_id, weight, order, "", "") for order, (item_id, weight) in enumerate(pairs)]


def _read_positions(reader: FieldReader, place: str, count: int) -> list[int]:
    rows = reader.rows("positions")
    positions = [p for p in rows if isinstance(p, int) and not isinstance(p, bool) and 0 <= p < count]
    if len(positions) != len(rows):
        raise Problem(f"{place}.positions must be positions of items")
    return positions
