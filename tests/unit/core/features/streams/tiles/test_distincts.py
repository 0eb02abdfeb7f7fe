"""The number of different values is right after every single event and for every window."""

from __future__ import annotations

from random import Random

from core.features.streams.finish import DISTINCT_KEPT, distinct_count
from core.features.streams.hashing import hash_of
from core.features.streams.tiles.distincts import DistinctTiles, thinned
from tests.parts.stream_plans import many_events

[EVENT] = many_events(1)


def test_every_value_counts_at_once_however_many_there_are():
    tiles, hashes = DistinctTiles(), set()
    for index in range(700):
        tiles.add(0, f"value {index}", EVENT)
        hashes.add(hash_of(f"value {index}"))
        assert tiles.value() == distinct_count(hashes)


def test_every_window_has_its_own_number():
    draw, tiles, newest, first = Random(5), DistinctTiles(), {}, 0
    for index in range(6_000):
        step, value = max(0, index // 60 - draw.choice((0, 0, 0, 20))), f"value {draw.randrange(3_000)}"
        tiles.add(step, value, EVENT)
        newest[hash_of(value)] = max(newest.get(hash_of(value), 0), step)
        if index % 100 == 0:
            first = draw.randrange(index // 60 + 1)
            tiles.slide(first)
        if index % 20 == 0:
            assert tiles.value() == distinct_count(hashed for hashed, seen in newest.items() if seen >= first)


def test_what_can_still_count_is_kept():
    draw = Random(4)
    newest = {draw.getrandbits(64): draw.randrange(20) for _ in range(2_000)}

    def better(hashed: int, step: int) -> int:
        return sum(other < hashed and seen >= step for other, seen in newest.items())

    assert thinned(newest) == {h: step for h, step in newest.items() if better(h, step) < DISTINCT_KEPT}


def test_few_are_kept_of_many():
    draw = Random(6)
    newest = {draw.getrandbits(64): draw.randrange(100) for _ in range(50_000)}

    assert len(thinned(newest)) < 3_000
    assert thinned(thinned(newest)) == thinned(newest)
