from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from training.venn_abers import venn_abers_steps


def naive(margins, outcomes, new):
    """Add the new lead once as lost and once as converted, and ask isotonic regression for its value each time."""
    values = []
    for label in (0.0, 1.0):
        x, y = np.append(margins, new), np.append(outcomes.astype(float), label)
        values.append(float(IsotonicRegression().fit(x, y).predict([new])[0]))
    return values


def check(margins, outcomes):
    margins, outcomes = np.asarray(margins, dtype=float), np.asarray(outcomes, dtype=bool)
    steps = venn_abers_steps(margins, outcomes)
    distinct = np.unique(margins)
    places = [distinct[0] - 1, *distinct, *(distinct[:-1] + distinct[1:]) / 2, distinct[-1] + 1]
    for place in places:
        interval = steps.interval(place, 0.5)
        p0, p1 = naive(margins, outcomes, place)
        assert p0 <= p1 + 1e-12
        # The interval is widened to hold the served probability, here 1/2.
        assert (interval.lower, interval.upper) == pytest.approx((min(p0, 0.5), max(p1, 0.5)), abs=1e-9)
        assert steps.interval(place, p0).upper == pytest.approx(max(p1, p0), abs=1e-9)
        assert steps.interval(place, p1).lower == pytest.approx(min(p0, p1), abs=1e-9)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(-4, 4), st.booleans()), min_size=1, max_size=25))
def test_the_steps_are_the_naive_definition_with_many_ties(pairs):
    check([m for m, _ in pairs], [y for _, y in pairs])


@pytest.mark.parametrize("seed", range(4))
def test_the_steps_are_the_naive_definition_without_ties(seed):
    random = np.random.default_rng(seed)
    margins = random.normal(size=60)
    check(margins, random.random(60) < 1 / (1 + np.exp(-2 * margins)))


@pytest.mark.parametrize("outcome", [True, False])
@pytest.mark.parametrize("count", [1, 2, 9])
def test_outcomes_of_one_kind(outcome, count):
    check(np.arange(count), np.full(count, outcome))


@pytest.mark.parametrize("outcome", [[True], [False], [True, False, False], [True] * 5])
def test_leads_that_all_have_one_margin(outcome):
    check(np.full(len(outcome), 0.25), outcome)


def test_backwards_and_perfect_orders():
    check(np.arange(20), np.arange(20) < 10)
    check(np.arange(20), np.arange(20) >= 10)


def test_steps_rise_within_bounds_on_many_leads():
    random = np.random.default_rng(0)
    margins = random.normal(size=20_000).astype(np.float32).astype(float)
    steps = venn_abers_steps(margins, random.random(20_000) < 0.3)
    for values in (steps.p0, steps.p1):
        assert (np.diff(values) >= 0).all()
        assert values[0] >= 0.0
        assert values[-1] <= 1.0
    assert len(steps.margins) == len(np.unique(margins))


def test_intervals_hold_the_observed_rate_of_calibrated_leads():
    """Validity in the large: the mean of p0 and p1 encloses the rate of new leads of the same kind."""
    random = np.random.default_rng(1)

    def draw(count):
        margins = random.normal(size=count)
        return margins, random.random(count) < 1 / (1 + np.exp(-margins + 0.5))

    steps = venn_abers_steps(*draw(2_000))
    margins, outcomes = draw(4_000)
    found = [steps.interval(margin, 1 / (1 + np.exp(-margin + 0.5))) for margin in margins]
    noise = 3 * np.sqrt(0.25 / 4_000)
    assert np.mean([i.lower for i in found]) - noise <= outcomes.mean() <= np.mean([i.upper for i in found]) + noise
    assert np.mean([i.upper - i.lower for i in found]) < 0.1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans(), st.integers(1, 4)), min_size=1, max_size=15))
def test_a_weight_counts_as_that_many_leads(rows):
    margins, outcomes, weights = (np.array(column) for column in zip(*rows, strict=True))
    repeated = venn_abers_steps(np.repeat(margins, weights).astype(float), np.repeat(outcomes, weights))
    weighted = venn_abers_steps(margins.astype(float), outcomes, weights.astype(float))
    assert weighted.margins == repeated.margins
    assert weighted.p0 == pytest.approx(repeated.p0)
    assert weighted.p1 == pytest.approx(repeated.p1)


def test_leads_that_count_less_leave_a_wider_interval():
    random = np.random.default_rng(3)
    margins = random.normal(size=500)
    outcomes = random.random(500) < 1 / (1 + np.exp(-margins))
    wide, narrow = (venn_abers_steps(margins, outcomes, np.full(500, weight)) for weight in (0.05, 1.0))
    for margin in np.linspace(-2, 2, 9):
        assert _width(wide, margin) > _width(narrow, margin)
    for steps in (wide, narrow):
        for values in (steps.p0, steps.p1):
            assert all(0.0 <= value <= 1.0 for value in values)
            assert (np.diff(values) >= 0).all()


def _width(steps, margin):
    # At p1 nothing is widened: only p0 is below it.
    upper = steps.interval(margin, 0.0).upper
    return upper - steps.interval(margin, upper).lower
