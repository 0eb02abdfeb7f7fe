from __future__ import annotations

import numpy as np
import pytest

from training.conversation.calibrating import choose_stretch
from training.conversation.linear import probabilities

RANDOM = np.random.default_rng(5)
FOLDS = np.arange(3_000) % 5


def drawn(logits: np.ndarray, *, multi_label: bool) -> np.ndarray:
    chances = probabilities(logits, multi_label=multi_label)
    if multi_label:
        return (RANDOM.random(chances.shape) < chances).astype(np.float32)
    places = (RANDOM.random((len(chances), 1)) > chances.cumsum(axis=1)).sum(axis=1).clip(max=chances.shape[1] - 1)
    return np.eye(chances.shape[1], dtype=np.float32)[places]


@pytest.mark.parametrize("multi_label", [True, False])
def test_right_logits_are_left_alone(multi_label):
    logits = RANDOM.normal(scale=2.0, size=(3_000, 3))
    stretch, losses = choose_stretch(logits, drawn(logits, multi_label=multi_label), FOLDS, multi_label=multi_label)
    assert stretch.name == "identity"
    assert stretch(logits) == pytest.approx(logits)
    assert losses.keys() == {"identity", "temperature", "platt"}


@pytest.mark.parametrize("multi_label", [True, False])
def test_logits_that_are_too_sure_are_pulled_together(multi_label):
    logits = RANDOM.normal(size=(3_000, 3))
    stretch, _ = choose_stretch(3.0 * logits, drawn(logits, multi_label=multi_label), FOLDS, multi_label=multi_label)
    assert stretch.name in {"temperature", "platt"}
    assert stretch.slopes == pytest.approx(np.full(3, 1.0 / 3.0), abs=0.08)


@pytest.mark.parametrize("multi_label", [True, False])
def test_shifted_logits_are_shifted_back(multi_label):
    logits = RANDOM.normal(size=(3_000, 3))
    shifts = np.array([2.0, 0.0, -1.0])
    stretch, _ = choose_stretch(logits + shifts, drawn(logits, multi_label=multi_label), FOLDS, multi_label=multi_label)
    assert stretch.name == "platt"
    back = probabilities(stretch(logits + shifts), multi_label=multi_label)
    assert np.abs(back - probabilities(logits, multi_label=multi_label)).mean() < 0.03


def test_rows_of_one_fold_are_divided():
    logits = RANDOM.normal(size=(3_000, 2))
    stretch, _ = choose_stretch(4.0 * logits, drawn(logits, multi_label=False), np.zeros(3_000), multi_label=False)
    assert stretch.name != "identity"
