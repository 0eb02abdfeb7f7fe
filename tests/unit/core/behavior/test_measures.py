import math
from collections import Counter
from statistics import pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.behavior.measures import (
    balance,
    concentration,
    deviation,
    evenness,
    most_frequent,
    once,
    share,
    steadiness,
    top_share,
    variation,
)
from core.features.streams.declaration import Reading

COUNTS = st.lists(st.integers(1, 1000), max_size=30)


def test_a_derived_thing_is_worked_out_once_for_a_reading():
    calls = []
    derived = once(lambda reading: calls.append(reading) or reading["n"])
    first, second = (Reading(aggregates={"n": n}, moment_us=0) for n in (1, 2))
    assert [derived(first), derived(first), derived(second), derived(first)] == [1, 1, 2, 1]
    assert calls == [first, second, first]


def test_shares_and_balances():
    assert share(1, 4) == 0.25
    assert share(5, 4) == 1.0
    assert share(1, 0) is None
    assert balance(3, 1) == 0.5
    assert balance(0, 2) == -1.0
    assert balance(0, 0) is None


@given(COUNTS)
def test_evenness_is_bounded_and_does_not_depend_on_the_order(counts):
    even = evenness(counts)
    assert even == evenness(counts[::-1])
    assert (even is None) is (not counts)
    assert even is None or 0.0 <= even <= 1.0


def test_evenness_of_known_cases():
    assert evenness([5]) == 0.0
    assert evenness([2, 2, 2]) == pytest.approx(1.0)
    assert evenness([1, 3]) == pytest.approx((math.log(4) - 3 * math.log(3) / 4) / math.log(2))
    assert evenness([1] * 12, 24) == pytest.approx(math.log(12) / math.log(24))


def test_concentration_and_top_share():
    assert concentration([1, 1]) == 0.5
    assert concentration([]) is None
    assert top_share([1, 3]) == 0.75
    assert top_share([]) is None


@given(st.lists(st.integers(0, 5)))
def test_the_most_frequent_is_the_smallest_of_those_with_most(keys):
    counts = Counter(keys)
    expected = min((key for key in counts if counts[key] == max(counts.values())), default=None)
    assert most_frequent(counts) == expected
    assert most_frequent(dict(reversed(counts.items()))) == expected


def test_what_had_no_place_is_never_the_most_frequent():
    assert most_frequent({"": 9, "b": 1, "a": 1}) == "a"
    assert most_frequent({"a": 1, "": 9}) == "a"
    assert most_frequent({"": 9}) is None


@given(st.lists(st.integers(0, 10**15), min_size=1))
def test_the_deviation_is_that_of_the_population(values):
    found = deviation(len(values), sum(values), sum(value * value for value in values))
    assert found == pytest.approx(pstdev(values), rel=1e-9, abs=1e-6)


def test_of_no_values_there_is_no_deviation():
    assert deviation(0, 0, 0) is None


def test_variation_and_steadiness():
    assert variation([1]) is None
    assert variation([0, 0]) is None
    assert variation([1, 3]) == 0.5
    assert steadiness([1, 3]) == pytest.approx(2 / 3)
    assert steadiness([4, 4, 4]) == 1.0
    assert steadiness([]) is None
