"""Sessions across steps, cut where the window begins."""

from __future__ import annotations

from random import Random

from core.features.streams.aggregate import Session
from core.features.streams.tiles.sessions import SessionTiles
from tests.parts.stream_plans import many_events

[EVENT] = many_events(1)
STEP_US, GAP_US = 100, 30


def sessions_of(times: list[int]) -> tuple[Session, ...]:
    found: list[Session] = []
    for time in sorted(times):
        if found and time - found[-1].end_us < GAP_US:
            before = found.pop()
            found.append(Session(before.start_us, time, before.event_count + 1))
        else:
            found.append(Session(time, time, 1))
    return tuple(found)


def test_a_window_that_moves_on_cuts_its_first_session():
    for seed in range(30):
        draw, tiles, times, now = Random(seed), SessionTiles(GAP_US, STEP_US), [], 0
        for _ in range(120):
            now += draw.choice((0, 1, 12, 29, 30, 31, 90))
            time = max(0, now - (draw.randrange(200) if draw.random() < 0.05 else 0))
            tiles.add(time // STEP_US, None, EVENT._replace(occurred_us=time))
            times.append(time)
            first = max(0, now - 400) // STEP_US
            tiles.slide(first)
            assert tiles.value() == sessions_of([time for time in times if time >= first * STEP_US])
