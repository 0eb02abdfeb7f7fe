import json
import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.behavior.scaling import FeatureScaling, ScalingMethod
from core.errors import InvalidInput

MIN_MAX, Z_SCORE = ScalingMethod.MIN_MAX, ScalingMethod.Z_SCORE
ROWS = [{"a": 2.0, "b": 7.0, "kind": "loft"}, {"a": 6.0, "b": 7.0, "kind": None}, {"a": None, "b": 7.0}]
SCALING = FeatureScaling.fit(ROWS)
NUMBERS = st.floats(-1e300, 1e300)


def test_min_max_maps_the_training_range_to_0_1_and_cuts_outside():
    scaled = [SCALING.apply({"a": value}, MIN_MAX)["a"] for value in (2.0, 3.0, 6.0, -5.0, 99.0)]
    assert scaled == [0.0, 0.25, 1.0, 0.0, 1.0]


def test_z_scores_are_deviations_from_the_mean():
    assert [SCALING.apply({"a": value}, Z_SCORE)["a"] for value in (2.0, 4.0, 6.0, 10.0)] == [-1.0, 0.0, 1.0, 3.0]


@pytest.mark.parametrize("method", list(ScalingMethod))
def test_a_constant_feature_and_one_never_seen_are_0(method):
    assert SCALING.apply({"b": 7.0, "new": 3.0}, method) == {"b": 0.0, "new": 0.0}
    assert SCALING.apply({"b": 99.0}, method) == {"b": 0.0}


def test_none_and_categories_stay():
    assert SCALING.apply({"a": None, "kind": "loft"}, MIN_MAX) == {"a": None, "kind": "loft"}
    assert sorted(SCALING.ranges) == ["a", "b"]


@given(st.lists(st.fixed_dictionaries({"a": NUMBERS, "b": st.none() | NUMBERS}), min_size=1), NUMBERS)
def test_scaled_values_are_finite_and_survive_json(rows, value):
    scaling = FeatureScaling.fit(rows)
    again = FeatureScaling.from_json(scaling.to_json())
    assert again == scaling
    assert 0.0 <= again.apply({"a": value}, MIN_MAX)["a"] <= 1.0
    for row in (*rows, {"a": value}):
        assert math.isfinite(again.apply(row, Z_SCORE)["a"])


def test_a_value_far_outside_a_tiny_spread_is_still_finite():
    tiny = FeatureScaling.fit([{"a": 0.0}, {"a": 1e-305}])
    assert [tiny.apply({"a": value}, Z_SCORE)["a"] for value in (1e10, -1e10)] == [
        sys.float_info.max,
        -sys.float_info.max,
    ]


@given(st.lists(NUMBERS, min_size=1))
def test_the_order_of_rows_does_not_matter(values):
    rows = [{"a": value} for value in values]
    assert FeatureScaling.fit(rows) == FeatureScaling.fit(rows[::-1])


def test_a_number_that_is_not_finite_is_refused_by_name():
    with pytest.raises(InvalidInput, match=r"rows\[1\]\.a must be a finite number"):
        FeatureScaling.fit([{"a": 1.0}, {"a": math.nan}])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 100_000,
        "[]",
        '{"format":2,"ranges":{}}',
        '{"format":1}',
        '{"format":1,"ranges":[]}',
        '{"format":1,"ranges":{"a":[1,2,3]}}',
        '{"format":1,"ranges":{"a":[1,2,"3",4]}}',
        '{"format":1,"ranges":{"a":[true,2,1,1]}}',
        '{"format":1,"ranges":{"a":[3,2,2,1]}}',
        '{"format":1,"ranges":{"a":[1,2,1,-1]}}',
        '{"format":1,"ranges":{"a":[1,2,NaN,1]}}',
        '{"format":1,"ranges":{"a":[1,Infinity,1,1]}}',
        '{"format":1,"ranges":{"a":[1,1' + "0" * 400 + ",1,1]}}",
    ],
)
def test_anything_else_than_a_scaling_is_refused(text):
    with pytest.raises(InvalidInput, match="scaling"):
        FeatureScaling.from_json(text)


def test_the_json_is_plain():
    assert json.loads(SCALING.to_json()) == {"format": 1, "ranges": {"a": [2, 6, 4, 2], "b": [7, 7, 7, 0]}}
