"""From which probability on a class counts as present."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.conversation.kinds import CLASSES, Objection
from core.version import BUYING_INTENT, INTENT, OBJECTION, URGENCY
from training.conversation.linear import Doubles

MOST_FLAGGED = 0.02
"""Share of ordinary turns that may be flagged where thresholds are chosen."""
HALF = 0.5
"""Of kinds whose likeliest class is taken, whatever its probability."""
_GRID = np.round(np.arange(0.05, 0.96, 0.01), 2)
_GUARDED = frozenset({URGENCY, BUYING_INTENT})

Flags = npt.NDArray[np.bool_]


def choose_thresholds(
    kind: str, probabilities: Doubles, held: npt.NDArray[np.bool_], ordinary: Flags
) -> tuple[float, ...]:
    """Return the threshold of each class: the one with the largest F1 on rows the model had not seen.

    Those of urgency, buying intent and objections must leave 98 % of ordinary turns alone.

    Args:
        kind: Of the head.
        probabilities: Calibrated, of rows that the model had not seen, (n, classes).
        held: Which classes hold, (n, classes).
        ordinary: Which rows are everyday talk without the class, (n,).
    """
    if kind == OBJECTION:
        return _of_objections(probabilities, held, ordinary)
    if kind not in {INTENT, *_GUARDED}:
        return (HALF,) * len(CLASSES[kind])
    guarded = ordinary if kind in _GUARDED else np.zeros_like(ordinary)
    return tuple(_of_one(probabilities[:, at], held[:, at], guarded) for at in range(held.shape[1]))


def objections_of(probabilities: Doubles, thresholds: Sequence[float]) -> npt.NDArray[np.intp]:
    """Return the likeliest objection of each row that reaches its threshold, by its place; that of none without."""
    none = list(CLASSES[OBJECTION]).index(Objection.NONE)
    reaching = np.where(probabilities >= np.asarray(thresholds), probabilities, -1.0)
    reaching[:, none] = 0.0
    return np.asarray(reaching.argmax(axis=1))


def f1_of(said: Flags, held: Flags) -> float:
    """Return the harmonic mean of precision and recall; 0 without a hit."""
    hits = float((said & held).sum())
    return 2.0 * hits / float(said.sum() + held.sum()) if hits else 0.0


def _of_one(probabilities: Doubles, held: Flags, ordinary: Flags) -> float:
    allowed = [float(each) for each in _GRID if _share(probabilities[ordinary] >= each) <= MOST_FLAGGED]
    return max(allowed or [float(_GRID[-1])], key=lambda each: f1_of(probabilities >= each, held))


def _of_objections(probabilities: Doubles, held: Flags, ordinary: Flags) -> tuple[float, ...]:
    names = list(CLASSES[OBJECTION])
    none = names.index(Objection.NONE)
    true = held.argmax(axis=1)

    def quality(threshold: float) -> float:
        said = objections_of(probabilities, [threshold] * len(names))
        return float(np.mean([f1_of(said == at, true == at) for at in range(len(names)) if at != none]))

    others = np.delete(probabilities, none, axis=1).max(axis=1)
    allowed = [float(each) for each in _GRID if _share(others[ordinary] >= each) <= MOST_FLAGGED]
    best = max(allowed or [float(_GRID[-1])], key=quality)
    return tuple(HALF if at == none else best for at in range(len(names)))


def _share(flags: Flags) -> float:
    return float(flags.mean()) if flags.size else 0.0
