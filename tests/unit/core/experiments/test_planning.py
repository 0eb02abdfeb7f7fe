from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import power_proportions_2indep

from core.errors import InvalidInput
from core.experiments.plan import EffectScale, Plan
from core.experiments.planning import absolute_effect, detectable_effect, planned, split, takes_too_long, units_within

EVEN = (0.5, 0.5)
ABSOLUTE = EffectScale.ABSOLUTE


def wanted(rate: float = 0.1, effect: float = 0.2, **fields) -> Plan:
    return Plan(baseline_rate=rate, min_effect=effect, **fields)


@pytest.mark.parametrize(
    ("rate", "effect", "shares"),
    [(0.1, 0.2, EVEN), (0.05, 0.2, EVEN), (0.2, 0.15, EVEN), (0.1, 0.3, (0.9, 0.1)), (0.5, 0.1, (0.2, 0.8))],
)
def test_one_look_has_its_power_by_an_independent_reckoning(rate, effect, shares):
    test = planned(wanted(rate, effect), shares)
    n0, n1 = (test.fixed_horizon_units * share for share in shares)
    found = power_proportions_2indep(rate * effect, rate, n1, ratio=n0 / n1, alpha=0.05, return_results=False)
    assert found == pytest.approx(0.8, abs=0.002)


def test_the_textbooks_numbers():
    # Fleiss, Levin and Paik: 3,841 an arm for 10 % to 12 %.
    assert planned(wanted(), EVEN).fixed_horizon_units == pytest.approx(2 * 3_841, abs=2)


def test_looking_often_costs_a_few_percent_and_saves_a_quarter():
    test = planned(wanted(), EVEN)
    assert 1.04 < test.plan.horizon_units / test.fixed_horizon_units < 1.06
    assert 0.7 < test.expected_units / test.plan.horizon_units < 0.8
    assert planned(wanted(look_count=1), EVEN).plan.horizon_units == test.fixed_horizon_units


def test_the_smallest_treatment_decides_and_alpha_is_split():
    two, three = planned(wanted(), (0.5, 0.5)), planned(wanted(), (0.4, 0.5, 0.1))
    assert three.plan.horizon_units > 2 * two.plan.horizon_units
    assert planned(wanted(alpha=0.1), (0.8, 0.1, 0.1)).plan == planned(wanted(alpha=0.1), (0.8, 0.1, 0.1, 0.0)).plan
    alone = planned(wanted(alpha=0.05), (8 / 9, 1 / 9))
    together = planned(wanted(alpha=0.1), (0.8, 0.1, 0.1))
    assert together.plan.horizon_units == pytest.approx(alone.plan.horizon_units / 0.9, rel=1e-3)


def test_variants_get_the_horizon_by_their_shares():
    test = planned(wanted(horizon_units=1_001), (0.34, 0.33, 0.33))
    assert sum(test.variant_units) == test.plan.horizon_units == 1_001
    assert split(10, (1 / 3, 1 / 3, 1 / 3)) == (4, 3, 3)


@pytest.mark.parametrize("total", [1.0 - 9e-7, 1.0, 1.0 + 9e-7])
@pytest.mark.parametrize("units", [3, 10**9 + 1, 10**12])
def test_shares_of_few_digits_still_sum_to_the_horizon(units, total):
    for shares in ((0.5, 0.5), (0.6, 0.3, 0.1), (1 / 7,) * 7):
        found = split(units, [share * total for share in shares])
        assert sum(found) == units
        assert all(abs(one - units * share) < 1.001 for one, share in zip(found, shares, strict=True))


@pytest.mark.parametrize("alpha", [1e-9, 1e-4, 0.05, 0.49])
@pytest.mark.parametrize("horizon", [3, 130_000, 10**12])
def test_a_horizon_of_any_size_is_planned(alpha, horizon):
    test = planned(wanted(alpha=alpha, horizon_units=horizon), EVEN)
    assert 0.0 < test.expected_units <= horizon


def test_what_the_score_explains_spares_the_adjusted_reading_its_units():
    plain, adjusted = planned(wanted(), EVEN), planned(wanted(), EVEN, 0.5)
    assert adjusted.fixed_horizon_units == pytest.approx(0.75 * plain.fixed_horizon_units, abs=1)
    assert adjusted.plan.horizon_units == plain.plan.horizon_units


@settings(max_examples=40)
@given(st.floats(0.001, 0.9), st.floats(0.01, 1.0), st.floats(0.05, 0.95))
def test_the_detectable_effect_is_the_planned_one_turned_around(rate, part, share):
    plan = wanted(rate, effect=part * (1.0 - rate) * 0.99, effect_scale=ABSOLUTE)
    test = planned(plan, (1.0 - share, share))
    found = detectable_effect(plan, (1.0 - share, share), test.plan.horizon_units)
    assert found is not None
    assert found <= plan.min_effect * (1 + 1e-9)
    assert detectable_effect(plan, (1.0 - share, share), 0.5 * test.plan.horizon_units) != found


def test_too_few_units_detect_nothing():
    assert detectable_effect(wanted(0.9, 0.05), EVEN, 3) is None
    assert detectable_effect(wanted(0.9, 0.05), EVEN, 0) is None


def test_a_billion_units_are_an_answer():
    test = planned(wanted(0.01, 0.0003, units_per_day=1e6), EVEN)
    assert 10**9 < test.plan.horizon_units < 10**12
    assert math.isfinite(test.expected_units)
    assert takes_too_long(test.plan)
    assert not takes_too_long(wanted(horizon_units=100))
    assert units_within(test.plan, 2) == 14e6
    assert absolute_effect(test.plan) == pytest.approx(3e-6)


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (wanted(0.0), "plan.baseline_rate"),
        (wanted(1.0), "plan.baseline_rate"),
        (wanted(math.nan), "plan.baseline_rate"),
        (wanted(effect=0.0), "plan.min_effect"),
        (wanted(effect=math.inf), "plan.min_effect"),
        (wanted(0.6, 0.7), "plan.min_effect"),
        (wanted(0.6, 0.4, effect_scale=ABSOLUTE), "plan.min_effect"),
        (wanted(effect=1e-9), "plan.min_effect"),
        (wanted(effect=5e-324), "plan.min_effect"),
        (wanted(alpha=0.5), "plan.alpha"),
        (wanted(alpha=1e-10), "plan.alpha"),
        (wanted(power=1.0), "plan.power"),
        (wanted(power=0.9999999), "plan.power"),
        (wanted(units_per_day=1e-300), "plan.units_per_day"),
        (wanted(units_per_day=math.inf), "plan.units_per_day"),
        (wanted(1e-13), "plan.baseline_rate"),
        (wanted(1.0 - 1e-14), "plan.baseline_rate"),
        (wanted(0.001, 101.0), "plan.min_effect"),
        (wanted(look_count=101), "plan.look_count"),
    ],
)
def test_what_cannot_be_planned_is_named(plan, field):
    with pytest.raises(InvalidInput) as raised:
        planned(plan, EVEN)
    assert {violation.field for violation in raised.value.violations} == {field}


@pytest.mark.parametrize("shares", [(), (1.0,), (0.5, 0.4), (0.0, 1.0), (1.0, 0.0), (1.5, -0.5), (math.nan, 0.5)])
def test_shares_that_cannot_be_are_named(shares):
    with pytest.raises(InvalidInput, match="traffic_percentages"):
        planned(wanted(), shares)


@pytest.mark.parametrize("correlation", [-0.1, 1.0, math.nan])
def test_a_correlation_that_cannot_be_is_named(correlation):
    with pytest.raises(InvalidInput, match="covariate_correlation"):
        planned(wanted(), EVEN, correlation)
