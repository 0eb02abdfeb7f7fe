from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.experiments.sequential.always_valid import ANY_SIZE, always_valid, critical_value, p_value


@pytest.mark.parametrize("units", [1, 50, 4_000, 10**9])
@pytest.mark.parametrize("horizon", [0, 400, 10**6])
@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.05 / 9])
def test_the_interval_leaves_out_0_just_where_p_is_below_alpha(units, horizon, alpha):
    critical = critical_value(units, alpha, horizon)
    assert p_value(critical * 1.0001, units, horizon) < alpha < p_value(critical * 0.9999, units, horizon)


def test_with_a_horizon_it_is_the_papers_boundary():
    units, horizon, alpha = 3_000, 8_000, 0.05
    wanted = -2 * math.log(alpha)
    square = (wanted + math.log(wanted + 1)) / horizon
    # Waudby-Smith and others 2021, equation for the radius, over the standard error.
    grown = units * square
    radius = math.sqrt(2 * (grown + 1) / grown * math.log(math.sqrt(grown + 1) / alpha))
    assert critical_value(units, alpha, horizon) == pytest.approx(radius, rel=1e-9)


def test_it_is_narrowest_near_the_horizon():
    at_horizon = critical_value(10_000, 0.05, 10_000)
    assert at_horizon < min(critical_value(10_000, 0.05, horizon) for horizon in (100, 1_000, 100_000, 1_000_000))


def test_without_a_horizon_it_suits_every_size():
    for units in (100, 1_000, 30_000, 10**6):
        assert (
            critical_value(units, 0.05, units) < critical_value(units, 0.05) < 1.25 * critical_value(units, 0.05, units)
        )
    assert len(ANY_SIZE) == 6


def test_the_smallest_p_value_stays():
    assert always_valid(0.0, 0.01, 500, alpha=0.05, least=0.003).p_value == 0.003
    assert always_valid(0.1, 0.01, 500, alpha=0.05, least=0.9).p_value < 1e-6


@given(st.floats(-1, 1), st.floats(0, 10), st.integers(0, 10**9), st.integers(0, 10**9))
def test_it_is_always_a_number(difference, error, units, horizon):
    found = always_valid(difference, error, units, alpha=0.05, horizon_units=horizon)
    assert 0.0 <= found.p_value <= 1.0
    assert -math.inf < found.interval.lower <= difference <= found.interval.upper < math.inf


def test_somebody_who_looks_after_every_unit_is_fooled_in_less_than_one_of_twenty():
    generator = np.random.default_rng(8)
    units = np.arange(1, 3_001)
    means = generator.normal(size=(500, units.size)).cumsum(axis=1) / units
    critical = np.array([critical_value(int(count), 0.05) for count in units])
    assert (np.abs(means) * np.sqrt(units) > critical).any(axis=1).mean() < 0.05
    assert (np.abs(means) * np.sqrt(units) > 1.96).any(axis=1).mean() > 0.4
