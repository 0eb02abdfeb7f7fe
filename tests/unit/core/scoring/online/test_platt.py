from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.scoring.online.platt import (
    BIAS_VARIANCE,
    LARGEST_BIAS,
    LARGEST_SLOPE,
    SLOPE_VARIANCE,
    SMALLEST_SLOPE,
    Filter,
    Weights,
    log_loss,
)
from core.scoring.online.wager import LARGEST_GAIN

ANY_WEIGHTS = st.builds(
    Weights, bias=st.floats(-LARGEST_BIAS, LARGEST_BIAS), slope=st.floats(SMALLEST_SLOPE, LARGEST_SLOPE)
)
PROBABILITIES = st.floats(0, 1)


@given(ANY_WEIGHTS, PROBABILITIES, st.sampled_from([0, 1]))
def test_no_outcome_says_more_than_the_largest_gain(weights, probability, outcome):
    gain = log_loss(probability, outcome) - log_loss(weights.corrected(probability), outcome)
    assert abs(gain) <= LARGEST_GAIN + 1e-9


@given(ANY_WEIGHTS, PROBABILITIES, PROBABILITIES)
def test_the_order_of_leads_stays(weights, one, other):
    low, high = sorted((one, other))
    assert weights.corrected(low) <= weights.corrected(high) + 1e-12


@given(PROBABILITIES)
def test_a_learner_that_knows_nothing_changes_nothing(probability):
    assert Weights().corrected(probability) == probability


@given(st.lists(st.tuples(PROBABILITIES, st.sampled_from([0, 1])), max_size=100))
def test_whatever_comes_the_filter_stays_within_its_limits(outcomes):
    known = Filter()
    for probability, outcome in outcomes:
        known = known.after(probability, outcome)
        assert abs(known.weights.bias) <= LARGEST_BIAS
        assert SMALLEST_SLOPE <= known.weights.slope <= LARGEST_SLOPE
        assert 0 < known.bias_variance <= BIAS_VARIANCE * (1 + 1e-9)
        assert 0 < known.slope_variance <= SLOPE_VARIANCE * (1 + 1e-9)
        assert known.covariance**2 <= known.bias_variance * known.slope_variance * (1 + 1e-6)


def test_it_follows_a_base_rate_that_moves_and_comes_back():
    source, known = random.Random(3), Filter()
    for truth in (0.2, 0.1):
        for _ in range(4_000):
            known = known.after(0.1, int(source.random() < truth))
        assert known.weights.corrected(0.1) == pytest.approx(truth, abs=0.03)


def test_an_outcome_that_turns_out_otherwise_is_undone_in_direction_and_size():
    known = Filter().after(0.3, 0)
    turned = known.corrected_by(0.3, 1)
    assert turned.weights.bias > 0 > known.weights.bias
    assert turned.weights.bias == pytest.approx(Filter().after(0.3, 1).weights.bias, rel=0.2)
    assert (turned.bias_variance, turned.slope_variance) == (known.bias_variance, known.slope_variance)


def test_the_loss_of_a_certain_and_wrong_probability_is_finite():
    assert log_loss(0.0, 1) == pytest.approx(-math.log(1e-15))
