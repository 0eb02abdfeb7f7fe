from __future__ import annotations

import numpy as np
import pytest

from training.conversation.figures import Judged, accuracy, auroc, calibration_error, macro_f1, measure

HELD = np.eye(3, dtype=np.bool_)[[0, 0, 1, 2]]
SAID = np.eye(3, dtype=np.bool_)[[0, 1, 1, 2]]
SURE = Judged(probabilities=SAID * 0.7 + 0.1, said=SAID, held=HELD)


def test_of_one_class_a_row_rows_are_counted():
    assert accuracy(SURE) == 0.75
    assert macro_f1(SURE) == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert calibration_error(SURE) == pytest.approx(abs(0.75 - 0.8))


def test_a_row_with_several_classes_is_right_with_one_of_them():
    held = HELD.copy()
    held[1, 1] = True
    assert accuracy(Judged(probabilities=SURE.probabilities, said=SAID, held=held)) == 1.0


def test_of_any_number_of_classes_each_answer_is_counted():
    said = np.array([[1, 1], [0, 0]], dtype=np.bool_)
    held = np.array([[1, 0], [0, 0]], dtype=np.bool_)
    judged = Judged(probabilities=np.where(said, 0.9, 0.1), said=said, held=held)
    assert accuracy(judged) == 0.75
    assert macro_f1(judged) == 1.0
    assert auroc(judged) == 1.0


def test_a_figure_lies_within_its_interval():
    random = np.random.default_rng(1)
    found = random.random((200, 1))
    judged = Judged(probabilities=found, said=found > 0.5, held=random.random((200, 1)) < found)
    for metric in measure(judged, [f"{row // 2}" for row in range(200)], draws=30).values():
        assert metric.lower is not None
        assert metric.upper is not None
        assert metric.lower <= metric.value <= metric.upper
        assert metric.sample_count == 200
    assert measure(judged, ["same"] * 200, draws=2)["accuracy"].lower == accuracy(judged)


def test_what_cannot_be_said_has_no_rows_behind_it():
    judged = Judged(probabilities=np.ones((4, 1)), said=np.ones((4, 1), bool), held=np.ones((4, 1), bool))
    assert measure(judged, list("abcd"))["auroc"].sample_count == 0
