from __future__ import annotations

import math
from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from core.experiments.statistics.means import UNKNOWN, welch
from core.experiments.tally import Moments
from tests.unit.core.experiments.statistics import references

GENERATOR = np.random.default_rng(20)


def sums(values) -> Moments:
    return reduce(lambda moments, value: moments.plus(float(value), None), values, Moments())


SAMPLES = {
    "like each other": (GENERATOR.normal(50, 10, 400), GENERATOR.normal(51, 10, 400)),
    "unequal spread": (GENERATOR.normal(50, 1, 40), GENERATOR.normal(51, 30, 60)),
    "99 to 1": (GENERATOR.normal(5, 1, 20), GENERATOR.normal(5.5, 1, 1_980)),
    "two units each": (np.array([1.0, 2.0]), np.array([4.0, 7.5])),
    "two against many": (np.array([1.0, 9.0]), GENERATOR.normal(3, 1, 3_000)),
    "one arm without spread": (np.full(30, 2.5), GENERATOR.normal(3, 1, 30)),
    "mostly nothing": (GENERATOR.binomial(1, 0.02, 5_000) * 1e6, GENERATOR.binomial(1, 0.03, 5_000) * 1e6),
    "heavy tail": (GENERATOR.lognormal(3, 2, 800), GENERATOR.lognormal(3.1, 2, 700)),
    "huge values": (GENERATOR.integers(0, 10, 500) * 1e14, GENERATOR.integers(0, 10, 600) * 1e14),
    "tiny values": (GENERATOR.exponential(1e-12, 300), GENERATOR.exponential(1.2e-12, 300)),
    "far from 0": (1e5 + GENERATOR.integers(0, 9, 900), 1e5 + GENERATOR.integers(0, 9, 900)),
    "negative": (GENERATOR.normal(-70, 5, 100), GENERATOR.normal(-69, 5, 150)),
    "far apart": (GENERATOR.normal(0, 1, 3_000), GENERATOR.normal(1, 1, 3_000)),
    "shares": (np.repeat([1.0, 0.0], [30, 970]), np.repeat([1.0, 0.0], [45, 955])),
}


def exact(treatment, control) -> tuple[float, float, float]:
    """Welch's t, its degrees and p-value, from the values themselves and to 60 digits."""
    with mp.workdps(references.DIGITS):
        arms = []
        for sample in (treatment, control):
            values = [mpf(float(value)) for value in sample]
            mean = sum(values) / len(values)
            arms.append((mean, sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values)))
        (m1, v1), (m0, v0) = arms
        degrees = (v1 + v0) ** 2 / (v1**2 / (len(treatment) - 1) + v0**2 / (len(control) - 1))
        t = (m1 - m0) / mp.sqrt(v1 + v0)
        return float(t), float(degrees), references.student_p(t, degrees)


@pytest.mark.parametrize("name", SAMPLES)
def test_welchs_test_is_right_to_60_digits(name):
    treatment, control = SAMPLES[name]
    found = welch(sums(treatment), sums(control))
    assert (found.statistic, found.degrees, found.p_value) == pytest.approx(exact(treatment, control), rel=1e-9)


@pytest.mark.parametrize("name", SAMPLES)
def test_welchs_test_is_that_of_statsmodels(name):
    treatment, control = SAMPLES[name]
    found = welch(sums(treatment), sums(control), 0.9)
    theirs = CompareMeans(DescrStatsW(treatment), DescrStatsW(control))
    wanted = theirs.ttest_ind(usevar="unequal")
    assert (found.statistic, found.p_value, found.degrees) == pytest.approx(wanted, rel=1e-9)
    lower, upper = theirs.tconfint_diff(alpha=0.1, usevar="unequal")
    assert (found.range.lower, found.range.upper) == pytest.approx((lower, upper), abs=1e-9 * (upper - lower))
    assert found.range.level == 0.9


values = st.lists(st.floats(-1e15, 1e15, allow_subnormal=False), max_size=12)


@given(values, values)
def test_swapping_the_arms_flips_signs_and_nothing_else(treatment, control):
    there, back = welch(sums(treatment), sums(control)), welch(sums(control), sums(treatment))
    assert (back.statistic, back.difference) == (-there.statistic, -there.difference)
    assert (back.range.lower, back.range.upper) == (-there.range.upper, -there.range.lower)
    assert (back.p_value, back.degrees, back.standard_error) == (there.p_value, there.degrees, there.standard_error)


@given(values, values)
def test_answers_are_finite(treatment, control):
    found = welch(sums(treatment), sums(control))
    numbers = (found.statistic, found.degrees, found.difference, found.standard_error, *_ends(found))
    assert all(map(math.isfinite, numbers))
    assert 0.0 <= found.p_value <= 1.0
    assert found.range.lower <= found.difference <= found.range.upper


@pytest.mark.parametrize(
    ("treatment", "control"),
    [([], []), ([1.0], []), ([], [1.0, 2.0]), ([3.0], [1.0, 2.0]), ([5.0, 5.0], [3.0, 3.0]), ([0.0] * 50, [0.0] * 90)],
)
def test_without_spread_nothing_is_known(treatment, control):
    found = welch(sums(treatment), sums(control), 0.8)
    assert not found.known
    assert (found.statistic, found.p_value, found.degrees) == (0.0, 1.0, 0.0)
    assert (found.standard_error, *_ends(found), found.range.level) == (UNKNOWN, -UNKNOWN, UNKNOWN, 0.8)


def test_the_difference_is_told_even_where_nothing_is_known_of_it():
    assert welch(sums([5.0, 5.0]), sums([3.0])).difference == 2.0


def test_rounding_is_not_taken_for_spread():
    # One value a hundred thousand times: the sums alone are off by enough for a variance, or a negative one.
    for value in (0.1, 1.0 / 3.0, 1e15 / 3.0, 1e-9 / 7.0):
        many, few = sums([value] * 100_000), sums([value] * 70_001)
        assert not welch(many, few).known


def test_a_spread_of_whole_numbers_is_seen_however_small_it_is():
    billion = 10**9
    all_but_one = Moments(count=billion, total=billion - 1.0, squares=billion - 1.0)
    none_missing = Moments(count=billion, total=float(billion), squares=float(billion))
    found = welch(all_but_one, none_missing)
    assert found.statistic == pytest.approx(-1.0, rel=1e-6)
    assert found.degrees == pytest.approx(billion - 1)


def test_a_million_values_up_to_1e15_keep_their_digits():
    generator = np.random.default_rng(4)
    arms = [generator.uniform(0, 1e15, 1_000_000), generator.uniform(0, 1.001e15, 1_000_000)]
    # As a database adds them up: one after the other.
    moments = [
        Moments(count=arm.size, total=float(np.cumsum(arm)[-1]), squares=float(np.cumsum(arm * arm)[-1]))
        for arm in arms
    ]
    wanted = CompareMeans(*map(DescrStatsW, arms)).ttest_ind(usevar="unequal")
    found = welch(*moments)
    assert (found.statistic, found.p_value, found.degrees) == pytest.approx(wanted, rel=1e-8)


def _ends(found):
    return found.range.lower, found.range.upper
