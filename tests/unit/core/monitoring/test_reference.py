from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from core.monitoring.reference import bin_counts, check_reference, reference_arrays

ROWS = np.column_stack([np.arange(1, 101), np.repeat([0, 1], 50), np.full(100, np.nan)]).astype(np.float32)
ROWS[:20, 1] = np.nan
PROBABILITIES = np.linspace(0, 1, 100)


def test_by_hand():
    arrays = reference_arrays(ROWS, PROBABILITIES)
    assert arrays["edges"][0] == pytest.approx(np.arange(1, 10) * 9.9 + 1)
    assert arrays["counts"][0].tolist() == [10] * 10
    # 30 noughts and 50 ones: a bin holds what is above the edge before it, up to its own
    assert arrays["edges"][1].tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 1]
    assert arrays["counts"][1].tolist() == [30, 0, 0, 50, 0, 0, 0, 0, 0, 0]
    assert arrays["counts"][2].tolist() == [0] * 10
    assert arrays["missing"].tolist() == [0, 20, 100]
    assert arrays["score_counts"].tolist() == [5] * 20
    assert arrays["row_count"] == 100
    assert check_reference(arrays, 3) is None


def test_scores_at_both_ends_are_counted():
    arrays = reference_arrays(np.zeros((3, 1), dtype=np.float32), np.array([0.0, 1.0, 1.0]))
    assert (arrays["score_counts"][0], arrays["score_counts"][-1]) == (1, 2)


@given(
    st.lists(st.floats(-10, 10), max_size=30),
    st.lists(st.floats(-10, 10), min_size=1, max_size=9).map(sorted),
)
def test_a_bin_holds_what_lies_above_one_edge_and_up_to_the_next(values, edges):
    bounds = [-np.inf, *edges, np.inf]
    expected = [sum(low < v <= high for v in values) for low, high in pairwise(bounds)]
    assert bin_counts(np.array(values, dtype=float), np.array(edges)).tolist() == expected


@settings(deadline=None)
@given(
    npst.arrays(
        np.float32,
        st.tuples(st.integers(1, 30), st.integers(1, 4)),
        elements=st.floats(-5, 5, width=32) | st.just(np.nan),
    )
)
def test_every_row_is_in_one_bin_or_missing(rows):
    arrays = reference_arrays(rows, np.full(len(rows), 0.5))
    assert (arrays["counts"].sum(axis=1) + arrays["missing"] == len(rows)).all()
    assert arrays["score_counts"].sum() == len(rows)
    assert (np.diff(arrays["edges"]) >= 0).all()
    assert check_reference(arrays, rows.shape[1]) is None


@pytest.mark.parametrize(
    "change",
    [
        {"edges": np.zeros((3, 8))},
        {"edges": np.zeros((3, 9), dtype=np.float32)},
        {"counts": np.zeros((2, 10), dtype=np.int64)},
        {"missing": np.zeros(3)},
        {"score_counts": np.zeros(10, dtype=np.int64)},
        {"row_count": np.array([1])},
        {"row_count": np.array("100")},
    ],
)
def test_arrays_of_another_form_are_named(change):
    (name,) = change
    problem = check_reference({**reference_arrays(ROWS, PROBABILITIES), **change}, 3)
    assert problem is not None
    assert repr(name) in problem


def test_an_absent_array_is_named():
    arrays = reference_arrays(ROWS, PROBABILITIES)
    del arrays["missing"]
    assert "'missing'" in check_reference(arrays, 3)
    assert "'edges'" in check_reference(reference_arrays(ROWS, PROBABILITIES), 4)
