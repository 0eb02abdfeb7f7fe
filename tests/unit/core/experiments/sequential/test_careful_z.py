from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom, norm

from core.experiments.sequential.careful_z import careful_z
from core.experiments.statistics.proportions import two_proportion_z


def counts(most: int) -> st.SearchStrategy[tuple[int, int]]:
    return st.integers(0, most).flatmap(lambda units: st.tuples(st.integers(0, units), st.just(units)))


def test_where_many_convert_it_is_the_pooled_z():
    assert careful_z(120, 1_000, 100, 1_000) == two_proportion_z(120, 1_000, 100, 1_000)[0]


@pytest.mark.parametrize(
    "table", [(2, 40, 1, 360), (1, 12, 0, 108), (3, 40, 4, 360), (40, 40, 340, 360), (0, 40, 9, 60)]
)
def test_where_few_do_it_is_no_farther_from_0_than_fishers_mid_p(table):
    hits, units, control_hits, control_units = table
    drawn = hypergeom(units + control_units, hits + control_hits, units)
    upper = drawn.sf(hits) + drawn.pmf(hits) / 2
    exact, z = -norm.ppf(upper), two_proportion_z(*table)[0]
    assert careful_z(*table) == pytest.approx(min(z, exact) if z > 0 else max(z, exact), abs=1e-9)


def test_two_conversions_in_a_small_arm_are_nothing_special():
    assert two_proportion_z(2, 12, 0, 108)[0] > 4.2
    assert careful_z(2, 12, 0, 108) < 2.7


@given(counts(60), counts(60))
def test_swapped_arms_flip_the_sign_and_nothing_else(one, other):
    assert careful_z(*one, *other) == pytest.approx(-careful_z(*other, *one), abs=1e-9)


@given(counts(10**9), counts(10**9))
def test_it_is_a_number_and_never_farther_than_the_pooled_z(one, other):
    z, careful = two_proportion_z(*one, *other)[0], careful_z(*one, *other)
    assert abs(careful) <= abs(z)
    assert careful * z >= 0.0


@pytest.mark.parametrize(
    "table", [(0, 0, 0, 0), (0, 5, 0, 0), (5, 5, 7, 7), (0, 5, 0, 7), (10**9, 10**9, 10**9, 10**9)]
)
def test_where_nothing_varies_it_is_0(table):
    assert careful_z(*table) == 0.0
