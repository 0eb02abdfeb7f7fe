from __future__ import annotations

import math

import pytest

from tests.benchmarks.rounds import Comparison, Round, alternate, latency_of, percentile, rate_of, spread


def _round(calls: int, *, seconds: float = 2.0, cpu_seconds: float = math.nan) -> Round:
    return Round(seconds=seconds, latencies=[0.001 * (i + 1) for i in range(calls)], cpu_seconds=cpu_seconds)


def test_the_ratio_is_taken_pair_by_pair_so_that_drift_does_not_count():
    slow_half = Comparison(null=[_round(100), _round(10)], real=[_round(80), _round(8)])
    assert slow_half.ratio == spread([0.8, 0.8])


def test_the_processor_ratio_is_the_empty_servers_share():
    compared = Comparison(null=[_round(10, cpu_seconds=0.01)], real=[_round(20, cpu_seconds=0.04)])
    assert compared.cpu_ratio.median == pytest.approx(0.5)


def test_servers_take_turns_and_the_order_turns_round():
    order = []

    def load(name: str, calls: int) -> Round:
        order.append(name)
        return _round(calls)

    compared = alternate(lambda: load("null", 4), lambda: load("real", 2), pairs=3)
    assert order == ["null", "real", "real", "null", "null", "real"]
    assert [one.rate for one in compared.null] == [2.0] * 3
    assert [one.rate for one in compared.real] == [1.0] * 3


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2.0), (0.51, 3.0), (0.99, 4.0), (1.0, 4.0), (0.01, 1.0)])
def test_a_percentile_is_a_value_that_occurred(share, expected):
    assert percentile([1.0, 2.0, 3.0, 4.0], share) == expected


def test_nothing_has_no_percentile():
    assert math.isnan(percentile([], 0.5))


def test_rates_and_latencies_are_medians_over_rounds():
    rounds = [_round(10), _round(30), _round(20)]
    assert rate_of(rounds) == spread([5.0, 10.0, 15.0])
    assert latency_of(rounds, 1.0) == pytest.approx(0.02)


def test_a_spread_keeps_the_ends():
    found = spread([3.0, 1.0, 2.0])
    assert (found.median, found.least, found.most) == (2.0, 1.0, 3.0)
