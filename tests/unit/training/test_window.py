from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInput
from training.window import EVERYTHING, FEWEST_ROWS, Window, fading_windows, parse_window, recent_windows


def test_everything_weighs_nothing():
    assert EVERYTHING.weights(10) is None
    assert Window(newest=10).weights(10) is None


def test_the_newest_rows_are_the_last():
    assert Window(newest=3).weights(5).tolist() == [0, 0, 1, 1, 1]


def test_weights_halve_every_half_life_and_end_where_they_say_nothing():
    weights = Window(half_life=2).weights(40)
    assert weights[-1] == 1.0
    assert weights[-3] == pytest.approx(0.5)
    assert weights[-5] == pytest.approx(0.25)
    assert weights[0] == 0.0
    assert (np.diff(weights) >= 0).all()


@pytest.mark.parametrize("window", [EVERYTHING, Window(newest=400), Window(half_life=17)])
def test_a_name_is_read_back(window):
    assert parse_window(window.name) == window


@pytest.mark.parametrize("text", ["", "all", "newest", "newest=0", "newest=-3", "half-life=1.5", "newest=9999999999"])
def test_other_names_are_refused(text):
    with pytest.raises(InvalidInput) as refused:
        parse_window(text)
    assert refused.value.violations[0].field == "--window"


def test_few_rows_leave_no_choice():
    assert recent_windows(2 * FEWEST_ROWS - 1) == fading_windows(2 * FEWEST_ROWS - 1) == ()
    assert recent_windows(4 * FEWEST_ROWS) == (Window(newest=2 * FEWEST_ROWS), Window(newest=FEWEST_ROWS))
    assert fading_windows(10_000) == tuple(Window(half_life=rows) for rows in (5_000, 2_500, 1_250))
