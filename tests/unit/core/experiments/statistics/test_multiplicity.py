from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control
from statsmodels.stats.multitest import multipletests

from core.experiments.statistics.multiplicity import benjamini_hochberg, holm

METHODS = [(holm, "holm"), (benjamini_hochberg, "fdr_bh")]

p_values = st.lists(st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.01, 0.05, 1.0])), min_size=1, max_size=30)


@pytest.mark.parametrize(("adjust", "name"), METHODS)
@pytest.mark.parametrize(
    "found", [[0.04], [0.01, 0.04, 0.03, 0.005], [0.0, 1.0, 1.0], [0.02] * 7, [0.6, 0.001, 0.012, 0.011, 0.3, 0.012]]
)
def test_it_is_that_of_statsmodels(adjust, name, found):
    assert adjust(found) == pytest.approx(multipletests(found, method=name)[1], rel=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_is_what_bonferroni_says_of_every_group_a_comparison_is_in(found):
    # Marcus, Peritz and Gabriel 1976: a claim stands if no group of claims that holds it can be doubted as a whole.
    groups = [group for size in range(1, len(found) + 1) for group in combinations(range(len(found)), size)]
    wanted = [
        max(min(1.0, len(group) * min(found[other] for other in group)) for group in groups if place in group)
        for place in range(len(found))
    ]
    assert holm(found) == pytest.approx(wanted, rel=1e-12)


@given(p_values)
def test_benjamini_and_hochberg_is_that_of_scipy(found):
    assert benjamini_hochberg(found) == pytest.approx(false_discovery_control(found), rel=1e-12)


@pytest.mark.parametrize(("adjust", "name"), METHODS)
@given(found=p_values, order=st.randoms(use_true_random=False))
def test_no_p_value_is_made_smaller_and_their_order_stays(adjust, name, found, order):
    places = list(range(len(found)))
    order.shuffle(places)
    adjusted = adjust(found)
    assert all(before <= after <= 1.0 for before, after in zip(found, adjusted, strict=True))
    assert adjust([found[place] for place in places]) == [adjusted[place] for place in places]
    ranked = [after for _, after in sorted(zip(found, adjusted, strict=True))]
    assert ranked == sorted(ranked)


@pytest.mark.parametrize(("adjust", "name"), METHODS)
def test_none_and_one_stay_as_they_are(adjust, name):
    assert adjust([]) == []
    assert adjust([0.03]) == [0.03]


def test_the_example_of_the_textbook():
    found = [0.01, 0.04, 0.03, 0.005]
    assert holm(found) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert benjamini_hochberg(found) == pytest.approx([0.02, 0.04, 0.04, 0.02])
