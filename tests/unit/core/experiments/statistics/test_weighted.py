from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.experiments.statistics.means import UNKNOWN
from core.experiments.statistics.weighted import weighted_difference, weighted_rate
from core.experiments.tally import WeightedMoments

BATCHES, BATCH = 12, 120
FLOOR = 0.1


def sums(units, converted, propensities) -> WeightedMoments:
    """Of batches: how many units, how many of them converted, and the chance all of them had."""
    n, x, weight = (np.asarray(each, dtype=float) for each in (units, converted, 1.0 / np.asarray(propensities)))
    return WeightedMoments(
        weight=float((n * weight).sum()),
        weight_squares=float((n * weight**2).sum()),
        converted=float((x * weight).sum()),
        converted_squares=float((x * weight**2).sum()),
    )


def bandit(generator, rates):
    """Thompson sampling in batches. Returns units, conversions and propensities, each (batches, arms)."""
    arms = len(rates)
    units, hits, shares = (np.zeros((BATCHES, arms)) for _ in range(3))
    for batch in range(BATCHES):
        share = np.full(arms, 1.0 / arms)
        if batch:
            x, n = hits.sum(axis=0), units.sum(axis=0)
            best = np.bincount(generator.beta(1 + x, 1 + n - x, (100, arms)).argmax(axis=1), minlength=arms) / 100
            share = FLOOR + (1.0 - arms * FLOOR) * best
        units[batch] = generator.multinomial(BATCH, share)
        hits[batch] = generator.binomial(units[batch].astype(int), rates)
        shares[batch] = share
    return units, hits, shares


@pytest.mark.parametrize("rates", [(0.1, 0.1), (0.3, 0.4), (0.9, 0.9)])
def test_a_bandit_is_judged_without_bias_where_plain_shares_are_not(rates):
    generator = np.random.default_rng(17)
    plain, weighted, differences, covered = [], [], [], 0
    runs = 1_200
    for _ in range(runs):
        units, hits, shares = bandit(generator, rates)
        arms = [sums(units[:, arm], hits[:, arm], shares[:, arm]) for arm in (0, 1)]
        plain.append(hits.sum(axis=0)[0] / units.sum(axis=0)[0] - rates[0])
        weighted.append(weighted_rate(arms[0])[0] - rates[0])
        found = weighted_difference(arms[1], arms[0])
        differences.append(found.difference - (rates[1] - rates[0]))
        covered += found.range.lower <= rates[1] - rates[0] <= found.range.upper
    assert np.mean(plain) < -3.0 * np.std(plain) / math.sqrt(runs)
    for errors in (weighted, differences):
        assert abs(np.mean(errors)) <= 3.5 * np.std(errors) / math.sqrt(runs)
    assert 0.93 <= covered / runs <= 0.98


def test_with_equal_chances_it_is_the_plain_share():
    rate, error = weighted_rate(sums([400], [100], [0.5]))
    assert rate == 0.25
    # Agresti and Caffo 2000: as if there were one more unit that converted and one more that did not.
    share = 101 / 402
    assert error == pytest.approx(math.sqrt(share * (1 - share) / 402), rel=1e-12)


def test_units_count_as_their_chances_say():
    # 10 of 20 at one in two stand for 40 units, 5 of 30 at three in ten for 100.
    rate, _ = weighted_rate(sums([20, 30], [10, 5], [0.5, 0.3]))
    assert rate == pytest.approx((10 / 0.5 + 5 / 0.3) / (20 / 0.5 + 30 / 0.3))


def test_none_of_few_is_less_sure_than_none_of_many():
    few, many = (weighted_rate(sums([n], [0], [0.2]))[1] for n in (10, 1_000))
    assert few > 10.0 * many > 0.0


batches = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50), st.floats(0.001, 1.0)).map(
        lambda t: (max(t[:2]), min(t[:2]), t[2])
    ),
    min_size=1,
    max_size=6,
)


@given(batches, batches)
def test_answers_are_finite_and_swapping_the_arms_flips_signs_and_nothing_else(treatment, control):
    arms = [sums(*zip(*arm, strict=True)) for arm in (treatment, control)]
    there, back = weighted_difference(*arms), weighted_difference(*reversed(arms))
    assert (back.statistic, back.difference, back.p_value) == (-there.statistic, -there.difference, there.p_value)
    assert (back.range.lower, back.range.upper) == (-there.range.upper, -there.range.lower)
    assert math.isfinite(there.statistic)
    assert -1.0 <= there.difference <= 1.0
    assert there.range.lower <= there.difference <= there.range.upper
    for arm in arms:
        rate, error = weighted_rate(arm)
        assert 0.0 <= rate <= 1.0
        assert 0.0 < error <= UNKNOWN


def test_without_a_unit_nothing_is_known():
    some = sums([50], [20], [0.5])
    assert weighted_rate(WeightedMoments()) == (0.0, UNKNOWN)
    assert not weighted_difference(WeightedMoments(), some).known
    assert not weighted_difference(sums([1], [1], [0.1]), some).known
