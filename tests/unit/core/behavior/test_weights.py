import math
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.behavior.weights import EngagementWeights, median_weight
from core.errors import InvalidInput

DEFAULT = EngagementWeights()
COUNTS = st.lists(st.integers(0, 6), min_size=5, max_size=5)


def test_default_weights_rise_from_a_view_to_a_schedule():
    assert list(DEFAULT.by_action().values()) == [1.0, 2.0, 3.0, 4.0, 5.0]


@pytest.mark.parametrize("weight", [0.99, 5.01, math.nan, -1.0])
def test_weights_outside_1_to_5_are_refused_by_name(weight):
    with pytest.raises(InvalidInput, match=r"weights\.inquiry must be 1 to 5"):
        EngagementWeights(inquiry=weight)


def test_points_weigh_each_type():
    assert EngagementWeights(view=1.5, schedule=4.0).points([2, 1, 0, 0, 3]) == 3.0 + 2.0 + 12.0


@given(COUNTS, st.integers(0, 6))
def test_the_median_is_that_of_all_events(actions, others):
    weights = EngagementWeights(view=2.0, click=1.0)
    listed = [0.0] * others
    for weight, count in zip(weights.by_action().values(), actions, strict=True):
        listed += [weight] * count
    if listed:
        assert median_weight(weights.ascending(), actions, len(listed)) == median(listed)
