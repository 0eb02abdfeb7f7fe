from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ArtifactRefused
from core.scoring.interval import VennAbersSteps, steps_from_arrays
from core.scoring.result import IntervalMethod

STEPS = VennAbersSteps([-1.0, 0.0, 2.0], [0.1, 0.2, 0.6], [0.3, 0.5, 0.9])


@pytest.mark.parametrize(
    ("margin", "lower", "upper"),
    [
        (-5.0, 0.0, 0.3),
        (-1.0, 0.1, 0.3),
        (-0.5, 0.1, 0.5),
        (0.0, 0.2, 0.5),
        (1.9, 0.2, 0.9),
        (2.0, 0.6, 0.9),
        (2.1, 0.6, 1.0),
    ],
)
def test_the_steps_are_looked_up_from_below_and_from_above(margin, lower, upper):
    interval = STEPS.interval(margin, (lower + upper) / 2)
    assert (interval.lower, interval.upper) == (lower, upper)
    assert interval.method is IntervalMethod.VENN_ABERS
    assert interval.level == 0.0


@given(st.floats(-10, 10), st.floats(0, 1))
def test_the_interval_holds_the_served_probability(margin, probability):
    interval = STEPS.interval(margin, probability)
    assert 0.0 <= interval.lower <= probability <= interval.upper <= 1.0


def test_arrays_and_back():
    assert steps_from_arrays(STEPS.arrays()) == STEPS


@pytest.mark.parametrize(
    "change",
    [
        {"margins": [0.0, 0.0, 2.0]},
        {"margins": [0.0, -1.0, 2.0]},
        {"margins": [0.0, math.inf, 2.0]},
        {"margins": [math.nan, 0.0, 2.0]},
        {"margins": [[-1.0, 0.0, 2.0]]},
        {"margins": []},
        {"p0": [0.1, 0.2]},
        {"p0": [0.2, 0.1, 0.6]},
        {"p0": [-0.1, 0.2, 0.6]},
        {"p1": [0.3, 0.5, 1.1]},
        {"p1": [0.3, math.nan, 0.9]},
    ],
)
def test_steps_that_do_not_rise_within_bounds_are_refused(change):
    arrays = {**STEPS.arrays(), **{name: np.array(values, dtype=np.float64) for name, values in change.items()}}
    with pytest.raises(ArtifactRefused):
        steps_from_arrays(arrays)


@pytest.mark.parametrize("dtype", ["<c16", "<U9", "S9", "?", "<f4", "<i8", "<M8[s]"])
def test_steps_of_another_type_are_refused(dtype):
    with pytest.raises(ArtifactRefused):
        steps_from_arrays({**STEPS.arrays(), "p0": np.zeros(3, dtype=dtype)})


@pytest.mark.parametrize("name", ["margins", "p0", "p1"])
def test_absent_steps_are_refused(name):
    with pytest.raises(ArtifactRefused):
        steps_from_arrays({key: value for key, value in STEPS.arrays().items() if key != name})


def test_all_steps_empty_are_refused():
    with pytest.raises(ArtifactRefused):
        steps_from_arrays(VennAbersSteps([], [], []).arrays())
