from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.experiments.results import Range
from core.experiments.statistics.proportions import miettinen_nurminen, newcombe, two_proportion_z, wald, wilson
from core.experiments.statistics.score_interval import score_ends
from tests.unit.core.experiments.statistics.hard_cases import BILLION, HARD_CASES, Counts

INTERVALS = [wald, newcombe, miettinen_nurminen]
SCORE_LIKE = [newcombe, miettinen_nurminen]

sizes = st.one_of(st.integers(1, 30), st.integers(1, 100_000), st.integers(1, BILLION))


@st.composite
def tables(draw, units=sizes):
    n1, n0 = draw(units), draw(units)
    edges = st.sampled_from([0, 1])
    x1 = draw(st.one_of(st.integers(0, n1), edges, edges.map(lambda near: n1 - near)))
    x0 = draw(st.one_of(st.integers(0, n0), edges, edges.map(lambda near: n0 - near)))
    return Counts(x1, n1, x0, n0)


levels = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.999_999])


@given(tables(), levels)
def test_swapping_the_arms_flips_signs_and_nothing_else(counts, level):
    z, p = two_proportion_z(*counts)
    assert two_proportion_z(*counts.swapped) == (-z, p)
    for interval in INTERVALS:
        there, back = interval(*counts, level), interval(*counts.swapped, level)
        assert (back.lower, back.upper, back.level) == (-there.upper, -there.lower, there.level)


@given(tables(), levels)
def test_counting_those_who_did_not_convert_flips_signs_and_nothing_else(counts, level):
    z, p = two_proportion_z(*counts)
    assert two_proportion_z(*counts.complement) == (-z, p)
    for interval in INTERVALS:
        there, back = interval(*counts, level), interval(*counts.complement, level)
        assert (back.lower, back.upper) == (-there.upper, -there.lower)


@given(tables(), levels)
def test_answers_are_finite_and_hold_the_difference_seen(counts, level):
    z, p = two_proportion_z(*counts)
    assert math.isfinite(z)
    assert 0.0 <= p <= 1.0
    seen = (counts.x1 * counts.n0 - counts.x0 * counts.n1) / (counts.n1 * counts.n0)
    for interval in INTERVALS:
        found = interval(*counts, level)
        assert math.isfinite(found.upper - found.lower)
        assert found.lower <= seen <= found.upper
    for interval in SCORE_LIKE:
        found = interval(*counts, level)
        assert -1.0 <= found.lower < found.upper <= 1.0


@given(tables(), st.sampled_from(SCORE_LIKE))
def test_a_higher_level_gives_a_wider_interval(counts, interval):
    inner, outer = interval(*counts, 0.9), interval(*counts, 0.99)
    assert outer.lower <= inner.lower
    assert inner.upper <= outer.upper


@given(tables(st.integers(2, 10_000)))
def test_one_more_conversion_speaks_for_the_treatment(counts):
    more = counts._replace(x1=min(counts.n1, counts.x1 + 1))
    assert two_proportion_z(*counts)[0] <= two_proportion_z(*more)[0]
    for interval in SCORE_LIKE:
        before, after = interval(*counts), interval(*more)
        assert before.lower <= after.lower + 1e-15
        assert before.upper <= after.upper + 1e-15


@given(tables(st.integers(2, 10_000)), st.integers(2, 50))
def test_with_more_units_the_same_shares_are_surer(counts, times):
    more = Counts(*(times * count for count in counts))
    assert two_proportion_z(*more)[1] <= two_proportion_z(*counts)[1]
    for interval in SCORE_LIKE:
        before, after = interval(*counts), interval(*more)
        assert after.upper - after.lower <= before.upper - before.lower


@given(sizes, st.data())
def test_wilsons_interval_is_mirrored_and_within_bounds(n, data):
    x = data.draw(st.integers(0, n))
    found, mirrored = wilson(x, n), wilson(n - x, n)
    assert 0.0 <= found.lower <= x / n <= found.upper <= 1.0
    assert (mirrored.lower, mirrored.upper) == pytest.approx((1.0 - found.upper, 1.0 - found.lower), abs=3e-16)
    assert (found.lower == 0.0) == (x == 0)
    if x == n:
        assert found.upper == 1.0


@pytest.mark.parametrize("counts", [Counts(0, 0, 0, 0), Counts(0, 0, 3, 7), Counts(3, 7, 0, 0), Counts(0, 0, 1, 1)])
def test_an_arm_without_a_unit_says_nothing(counts):
    assert two_proportion_z(*counts) == (0.0, 1.0)
    for interval in INTERVALS:
        found = interval(*counts, 0.9)
        assert (found.lower, found.upper, found.level) == (-1.0, 1.0, 0.9)
    assert (wilson(0, 0).lower, wilson(0, 0).upper) == (0.0, 1.0)


def test_the_textbooks_interval_has_no_width_where_the_others_know_little():
    assert wald(0, 10, 0, 10).upper == 0.0
    assert newcombe(0, 10, 0, 10).upper > 0.2
    assert miettinen_nurminen(0, 10, 0, 10).upper > 0.2


@pytest.mark.parametrize("name", HARD_CASES)
def test_the_score_interval_ends_where_the_score_test_rejects(name):
    # At no difference the score test is the z-test, but for N / (N - 1): so they agree on whether 0 is in.
    counts = HARD_CASES[name]
    z, _ = two_proportion_z(*counts)
    total = counts.n1 + counts.n0
    found = miettinen_nurminen(*counts)
    rejects = abs(z) * math.sqrt((total - 1) / total) > 1.959963984540054
    assert rejects == (not found.lower <= 0.0 <= found.upper)


@pytest.mark.parametrize("name", HARD_CASES)
@pytest.mark.parametrize("boundary", [0.5, 2.0, 9.0, 20.0, 60.0])
def test_a_boundary_may_be_further_out_than_any_level(name, boundary):
    counts = HARD_CASES[name]
    lower, upper = score_ends(*counts, boundary)
    assert -1.0 <= lower < upper <= 1.0
    assert (abs(two_proportion_z(*counts)[0]) > boundary) == (not lower <= 0.0 <= upper)


def test_a_level_that_was_rounded_to_1_has_an_answer():
    for interval in INTERVALS:
        found = interval(100, 1_000, 120, 1_000, 1.0)
        assert isinstance(found, Range)
        assert -1.0 <= found.lower < -0.1 < 0.1 < found.upper <= 1.0
