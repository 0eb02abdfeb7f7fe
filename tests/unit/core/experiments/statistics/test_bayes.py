from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import roots_legendre
from scipy.stats import beta, norm

from core.experiments.statistics.bayes import expected_loss, probability_best, probability_better
from tests.unit.core.experiments.statistics import references
from tests.unit.core.experiments.statistics.hard_cases import BILLION, HARD_CASES, Counts

MOST_TERMS = 3_000


def _summable(counts: Counts) -> Counts | None:
    """The same question with few enough terms in the closed form, if there is one."""
    # Swapped or of those who did not convert, the chance is the one that is left.
    turned = (counts, counts.complement.swapped)
    return next((each for each in turned if max(each.x1, each.x0) <= MOST_TERMS), None)


SUMMABLE = {name: _summable(counts) for name, counts in HARD_CASES.items() if _summable(counts)}


def test_most_hard_cases_have_a_closed_form():
    assert len(SUMMABLE) >= 40


@pytest.mark.parametrize("name", SUMMABLE)
def test_the_chance_to_be_better_is_that_of_the_closed_form(name):
    wanted = references.probability_better(SUMMABLE[name])
    assert probability_better(*HARD_CASES[name]) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("name", SUMMABLE)
def test_the_expected_loss_is_that_of_the_closed_form(name):
    wanted = references.expected_loss(SUMMABLE[name])
    assert expected_loss(*HARD_CASES[name]) == pytest.approx(wanted, rel=1e-9, abs=1e-25)


@pytest.mark.parametrize("apart", [0, 1, 10_000, 50_000, 120_000])
def test_with_a_billion_units_it_is_the_normal_distribution(apart):
    # Around a half the two differ by one in n.
    half = BILLION // 2
    error = math.sqrt(2 * 0.25 / BILLION)
    z = apart / BILLION / error
    assert probability_better(half + apart, BILLION, half, BILLION) == pytest.approx(norm.cdf(z), abs=1e-8)
    loss = error * (norm.pdf(z) - z * norm.sf(z))
    assert expected_loss(half + apart, BILLION, half, BILLION) == pytest.approx(loss, rel=1e-6)


counts = st.one_of(st.integers(0, 20), st.integers(0, 100_000), st.integers(0, BILLION)).flatmap(
    lambda n: st.tuples(st.integers(0, n), st.just(n))
)


@settings(max_examples=60)
@given(counts, counts)
def test_swapping_the_arms_leaves_what_is_left_to_one(treatment, control):
    there, back = probability_better(*treatment, *control), probability_better(*control, *treatment)
    assert 0.0 <= there <= 1.0
    assert there + back == 1.0
    if treatment == control:
        assert there == 0.5


@settings(max_examples=60)
@given(counts, counts)
def test_losses_both_ways_differ_by_the_difference_of_the_means(treatment, control):
    (x1, n1), (x0, n0) = treatment, control
    loss, gain = expected_loss(x1, n1, x0, n0), expected_loss(x0, n0, x1, n1)
    assert 0.0 <= loss <= 1.0
    assert gain - loss == pytest.approx((1 + x1) / (2 + n1) - (1 + x0) / (2 + n0), abs=1e-12)


@settings(max_examples=60)
@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))), counts)
def test_one_more_conversion_makes_the_treatment_look_better(treatment, control):
    (x1, n1), (x0, n0) = treatment, control
    assert probability_better(x1, n1, x0, n0) <= probability_better(x1 + 1, n1, x0, n0) + 1e-13
    assert expected_loss(x1 + 1, n1, x0, n0) <= expected_loss(x1, n1, x0, n0) * (1 + 1e-9)


def test_of_nothing_nothing_is_known():
    assert probability_better(0, 0, 0, 0) == 0.5
    # Of two shares anywhere in [0, 1] the distance is a third on average, and half of it the one way.
    assert expected_loss(0, 0, 0, 0) == pytest.approx(1 / 6, rel=1e-12)
    assert probability_best([(0, 0)] * 4) == [0.25] * 4
    assert probability_best([(3, 9)]) == [1.0]
    assert probability_best([]) == []


@pytest.mark.parametrize(
    "arms",
    [
        [(10, 100), (14, 100), (12, 90)],
        [(0, 5), (0, 500), (1, 40), (2, 2)],
        [(99, 990), (2, 10), (1, 3)],
        [(5, 50 + 7 * arm) for arm in range(10)],
    ],
)
def test_the_best_of_many_is_an_integral_that_is_exact_for_polynomials(arms):
    # Gauss and Legendre with 700 nodes: the integrand is a polynomial, of degree below 1,400.
    nodes, weights = roots_legendre(700)
    p = 0.5 + 0.5 * nodes
    wanted = [
        float(
            np.sum(
                0.5
                * weights
                * _density(p, *arm)
                * np.prod([_below(p, *other) for other in arms if other != arm], axis=0)
            )
        )
        for arm in arms
    ]
    found = probability_best(arms)
    assert found == pytest.approx(wanted, abs=1e-11)
    assert sum(found) == pytest.approx(1.0, abs=1e-15)


def _density(p, x, n):
    return beta.pdf(p, 1 + x, 1 + n - x)


def _below(p, x, n):
    return beta.cdf(p, 1 + x, 1 + n - x)


@settings(max_examples=25)
@given(st.lists(counts, min_size=2, max_size=10), st.randoms(use_true_random=False))
def test_chances_to_be_best_sum_to_one_and_do_not_depend_on_the_order(arms, order):
    places = list(range(len(arms)))
    order.shuffle(places)
    found = probability_best(arms)
    assert all(0.0 <= chance <= 1.0 for chance in found)
    assert sum(found) == pytest.approx(1.0, abs=1e-14)
    assert probability_best([arms[place] for place in places]) == pytest.approx([found[p] for p in places], abs=1e-12)


def test_they_agree_with_draws():
    arms = [(40, 400), (46, 400), (30, 350), (50, 450)]
    generator = np.random.default_rng(6)
    drawn = generator.beta([1 + x for x, _ in arms], [1 + n - x for x, n in arms], (400_000, 4))
    shares = np.bincount(drawn.argmax(axis=1), minlength=4) / 400_000
    assert probability_best(arms) == pytest.approx(shares, abs=0.004)  # five standard errors
