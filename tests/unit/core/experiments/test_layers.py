from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiments.hashing import SEGMENTS
from core.experiments.layers import first_free, segments_for


@pytest.mark.parametrize(
    ("share", "count"),
    [(1.0, 10_000), (0.5, 5_000), (0.1, 1_000), (0.0001, 1), (1e-9, 1), (0.99999, 10_000), (1 / 3, 3_333)],
)
def test_a_share_of_the_traffic_takes_the_nearest_number_of_segments(share, count):
    assert segments_for(share) == count


@pytest.mark.parametrize(
    ("taken", "count", "start"),
    [
        ([], 10_000, 0),
        ([(0, 1_000)], 1_000, 1_000),
        ([(0, 1_000)], 9_000, 1_000),
        ([(0, 1_000)], 9_001, None),
        ([(1_000, 2_000)], 1_000, 0),
        ([(1_000, 2_000)], 1_001, 2_000),
        ([(5_000, 6_000), (0, 1_000), (2_000, 3_000)], 1_000, 1_000),
        ([(5_000, 6_000), (0, 1_000), (2_000, 3_000)], 1_500, 3_000),
        ([(0, 8_000), (100, 200)], 2_000, 8_000),
        ([(0, 10_000)], 1, None),
    ],
)
def test_the_first_gap_that_is_large_enough_is_taken(taken, count, start):
    assert first_free(taken, count) == start


@settings(derandomize=True, max_examples=200)
@given(st.lists(st.tuples(st.integers(1, 4_000), st.booleans()), max_size=30))
def test_whatever_comes_and_goes_no_segment_has_two_owners_and_a_refusal_is_right(wishes):
    taken: list[tuple[int, int]] = []
    for count, goes in wishes:
        start = first_free(taken, count)
        used = {segment for begin, end in taken for segment in range(begin, end)}
        if start is None:
            longest = run = 0
            for segment in range(SEGMENTS):
                run = 0 if segment in used else run + 1
                longest = max(longest, run)
            assert longest < count
            continue
        assert 0 <= start <= SEGMENTS - count
        assert used.isdisjoint(range(start, start + count))
        taken.append((start, start + count))
        if goes:
            del taken[0]
