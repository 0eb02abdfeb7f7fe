from __future__ import annotations

import numpy as np

from core.conversation.kinds import CLASSES
from core.version import DIALOGUE_ACT, INTENT, OBJECTION, SENTIMENT, URGENCY
from training.conversation.thresholds import HALF, MOST_FLAGGED, choose_thresholds, f1_of, objections_of

RANDOM = np.random.default_rng(2)
NOBODY = np.zeros(400, dtype=np.bool_)


def test_the_likeliest_class_needs_no_threshold():
    for kind in (SENTIMENT, DIALOGUE_ACT):
        size = len(CLASSES[kind])
        found = RANDOM.random((400, size))
        assert choose_thresholds(kind, found, found > 0.5, NOBODY) == (HALF,) * size


def test_each_intent_has_the_threshold_with_the_best_f1():
    edges = np.linspace(0.2, 0.8, len(CLASSES[INTENT]))
    found = RANDOM.random((400, edges.size))
    chosen = choose_thresholds(INTENT, found, found >= edges, NOBODY)
    assert np.allclose(chosen, edges, atol=0.02)


def test_ordinary_turns_raise_the_threshold_of_urgency():
    found = RANDOM.random((400, 1))
    held = found >= 0.3
    ordinary = ~held[:, 0]
    assert abs(choose_thresholds(URGENCY, found, held, ordinary)[0] - 0.3) <= 0.02
    found[np.flatnonzero(ordinary)[:20]] = 0.7
    (raised,) = choose_thresholds(URGENCY, found, held, ordinary)
    assert raised > 0.7
    assert (found[ordinary] >= raised).mean() <= MOST_FLAGGED


def test_an_objection_must_reach_its_threshold():
    size = len(CLASSES[OBJECTION])
    found = np.full((3, size), 0.05)
    found[0, 2], found[1, 0], found[2, 1] = 0.4, 0.9, 0.2
    assert objections_of(found, [0.3] * size).tolist() == [2, 0, 0]


def test_objections_leave_ordinary_turns_alone():
    size = len(CLASSES[OBJECTION])
    true = RANDOM.integers(0, size, size=400)
    held = true[:, None] == np.arange(size)
    found = np.where(held, 0.5, 0.5 / (size - 1))
    ordinary = true == 0
    found[np.flatnonzero(ordinary)[:20]] = np.eye(size)[1] * 0.6 + 0.05
    thresholds = choose_thresholds(OBJECTION, found, held, ordinary)
    assert thresholds[0] == HALF
    assert len(set(thresholds[1:])) == 1
    assert thresholds[1] > 0.65
    assert choose_thresholds(OBJECTION, found, held, np.zeros(400, dtype=np.bool_))[1] <= 0.5


def test_f1_is_that_of_precision_and_recall():
    said, held = np.array([1, 1, 0, 0], dtype=np.bool_), np.array([1, 0, 1, 0], dtype=np.bool_)
    assert f1_of(said, held) == 0.5
    assert f1_of(~held, held) == 0.0
