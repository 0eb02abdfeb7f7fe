from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from core.experiments.bandit import default_floor, thompson_shares
from core.experiments.tally import VariantTally, WeightedMoments


def tally_of(name: str, converted: float, units: float, propensity: float = 0.5) -> VariantTally:
    return VariantTally(variant=name, units=int(units), weighted=weighted(converted, units, propensity))


def weighted(converted: float, units: float, propensity: float) -> WeightedMoments:
    return WeightedMoments(
        weight=units / propensity,
        weight_squares=units / propensity**2,
        converted=converted / propensity,
        converted_squares=converted / propensity**2,
    )


def plus(one: WeightedMoments, other: WeightedMoments) -> WeightedMoments:
    return WeightedMoments(
        weight=one.weight + other.weight,
        weight_squares=one.weight_squares + other.weight_squares,
        converted=one.converted + other.converted,
        converted_squares=one.converted_squares + other.converted_squares,
    )


@pytest.mark.parametrize("counts", [((10, 100), (12, 100)), ((0, 50), (3, 50)), ((500, 5_000), (545, 5_000))])
def test_the_free_part_goes_by_the_chance_of_being_best(counts):
    (x1, n1), (x2, n2) = counts
    first, second = stats.beta(1 + x1, 1 + n1 - x1), stats.beta(1 + x2, 1 + n2 - x2)
    chance, _ = integrate.quad(lambda rate: second.pdf(rate) * first.cdf(rate), 0.0, 1.0, limit=500, points=[x2 / n2])
    shares = thompson_shares({"a": tally_of("a", x1, n1, 0.7), "b": tally_of("b", x2, n2, 0.3)}, 0.05)
    assert shares["b"] == pytest.approx(0.05 + 0.9 * chance, abs=1e-7)


def test_without_any_units_all_get_the_same():
    shares = thompson_shares({name: VariantTally(variant=name) for name in "abcd"})
    assert shares == pytest.approx(dict.fromkeys("abcd", 0.25))


def test_the_better_one_gets_more_and_the_worse_one_the_floor():
    shares = thompson_shares({"a": tally_of("a", 1_000, 10_000), "b": tally_of("b", 1_300, 10_000)}, 0.05)
    assert shares["a"] == pytest.approx(0.05, abs=1e-6)
    assert shares["b"] == pytest.approx(0.95, abs=1e-6)


def test_a_little_evidence_moves_the_shares_a_little():
    shares = thompson_shares({"a": tally_of("a", 10, 100), "b": tally_of("b", 13, 100)})
    assert 0.6 < shares["b"] < 0.8


def test_while_the_shares_have_not_moved_weights_change_nothing():
    even = {"a": tally_of("a", 40, 400, 0.5), "b": tally_of("b", 52, 400, 0.5)}
    uneven = {"a": tally_of("a", 40, 400, 0.9), "b": tally_of("b", 52, 400, 0.1)}
    assert thompson_shares(even) == pytest.approx(thompson_shares(uneven))


def test_a_season_is_not_taken_for_a_difference():
    """Both convert 20 % in the first half and 10 % in the second, when most units went to b."""
    a = plus(weighted(100, 500, 0.5), weighted(10, 100, 0.1))
    b = plus(weighted(100, 500, 0.5), weighted(90, 900, 0.9))
    shares = thompson_shares(
        {"a": VariantTally(variant="a", weighted=a), "b": VariantTally(variant="b", weighted=b)}, 0.05
    )
    assert shares["a"] == pytest.approx(0.5, abs=0.02)


counts = st.integers(0, 10**9).flatmap(lambda units: st.tuples(st.integers(0, units), st.just(units)))


@settings(derandomize=True, max_examples=150)
@given(st.lists(st.tuples(counts, st.floats(0.01, 1.0)), min_size=2, max_size=10))
def test_shares_sum_to_1_and_none_is_below_the_floor_whatever_was_counted(arms):
    tallies = {
        f"v{position}": tally_of(f"v{position}", converted, units, propensity)
        for position, ((converted, units), propensity) in enumerate(arms)
    }
    shares = thompson_shares(tallies)
    assert math.fsum(shares.values()) == pytest.approx(1.0, abs=1e-12)
    assert all(default_floor(len(arms)) <= share <= 1.0 for share in shares.values())
    assert shares == thompson_shares(tallies)


def test_the_order_of_the_variants_means_nothing():
    tallies = {"a": tally_of("a", 40, 400), "b": tally_of("b", 52, 400), "c": tally_of("c", 48, 400)}
    assert thompson_shares(dict(reversed(tallies.items()))) == pytest.approx(thompson_shares(tallies), abs=1e-12)
