"""From what was added up to what a reading holds."""

from __future__ import annotations

import pytest

from core.features.streams.aggregate import HISTOGRAM_KEYS, SKETCH_SIZE, Aggregate, Function, Session, Unit
from core.features.streams.decay import decayed
from core.features.streams.finish import by_hash, distinct_count, finish, histogram
from core.features.streams.hashing import hash_of
from core.features.streams.window import DAY_US


def hashes(count: int) -> list[int]:
    return [hash_of(f"value {index}") for index in range(count)]


@pytest.mark.parametrize("count", [0, 1, SKETCH_SIZE - 1, SKETCH_SIZE])
def test_few_values_are_counted_exactly(count):
    assert distinct_count(hashes(count)) == count


@pytest.mark.parametrize("count", [SKETCH_SIZE + 1, 1_000, 50_000])
def test_many_values_are_estimated(count):
    smallest = sorted(hashes(count))

    # The standard error of 256 minimum values is 6.3 %.
    assert distinct_count(smallest) == pytest.approx(count, rel=0.2)
    assert distinct_count(smallest[: SKETCH_SIZE + 1]) == distinct_count(reversed(smallest))


def test_the_values_with_the_smallest_hashes_have_places():
    counts = {f"value {index}": index + 1 for index in range(100)}
    capped = histogram(counts)

    places = sorted(counts, key=by_hash)[:HISTOGRAM_KEYS]
    assert list(capped) == [*sorted(places), ""]
    assert all(capped[place] == counts[place] for place in places)
    assert sum(capped.values()) == sum(counts.values())


def test_a_histogram_that_was_capped_before_stays_as_it_is():
    capped = histogram({index: index + 1 for index in range(100)})

    assert histogram(capped) == capped


def test_others_are_left_out_where_there_are_none():
    assert histogram({"b": 1, "a": 2, "": 0}) == {"a": 2, "b": 1}
    assert list(histogram({"b": 1, "a": 2})) == ["a", "b"]


@pytest.mark.parametrize(
    ("function", "partial", "value"),
    [
        (Function.COUNT, 3, 3),
        (Function.MIN, None, None),
        (Function.LAST, "a", "a"),
        (Function.DISTINCT, [5, 3], 2.0),
        (Function.HISTOGRAM, {"b": 1, "": 4, "a": 1}, {"a": 1, "b": 1, "": 4}),
        (Function.STEPS, {3: 1, 2: 5, 1: 0}, {2: 5, 3: 1}),
        (Function.SESSIONS, [Session(1, 2, 3)], (Session(1, 2, 3),)),
    ],
)
def test_each_function_has_its_form(function, partial, value):
    finished = finish(Aggregate(name="a", function=function, field=Unit.ITEM), partial, 0)

    assert finished == value
    assert not isinstance(value, dict) or list(finished) == list(value)


def test_a_decaying_sum_is_worked_out_for_the_moment():
    aggregate = Aggregate(name="a", function=Function.DECAYED, half_life_us=64 * DAY_US)

    assert finish(aggregate, {300: 2**20}, 301 * 64 * DAY_US) == decayed({300: 2**20}, 301 * 64 * DAY_US, 64 * DAY_US)
    assert finish(aggregate, {300: 2**20}, 301 * 64 * DAY_US) == 0.5
