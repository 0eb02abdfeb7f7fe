from __future__ import annotations

from collections import defaultdict
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from core.adapters.backfill.as_of import AsOf
from core.adapters.backfill.duckdb_backfill import BackfillLimits, DuckDbBackfill
from core.features.streams.columns import EventColumns
from core.features.streams.live import StreamState
from core.features.streams.window import DAY_US, HOUR_US
from tests.parts.stream_plans import BEGINNING_US, event_lists, plans

LEADS = ("lead-1", "lead-2", "lead-3")
WAITS_US = st.sampled_from((0, 0, 1, HOUR_US, 20 * DAY_US))


@settings(max_examples=45)
@given(
    plan=plans(), events=event_lists(LEADS), waits=st.lists(WAITS_US, min_size=41, max_size=41), seed=st.integers(0, 99)
)
def test_live_values_are_those_of_the_past_whatever_the_order_of_the_table(plan, events, waits, seed):
    """Each entity is read before every event and at the end; the table has them shuffled, one in three twice."""
    rows, live = _live(plan, events, waits)
    random = Random(seed)
    table = [*events, *random.sample(events, len(events) // 3)]
    random.shuffle(table)
    limits = BackfillLimits(pairs_per_chunk=5) if seed % 2 else None
    past = DuckDbBackfill(plan, limits).readings(EventColumns.of(table), rows)
    assert [_text(reading) for reading in past] == [_text(reading) for reading in live]


def _live(plan, events, waits):
    states = defaultdict(lambda: StreamState(plan))
    rows, readings = [], []
    for event, wait_us in zip(events, waits, strict=False):
        entity = (event.lead_id, event.item_id if plan.name == "lead_item" else "")
        rows.append(_row(entity, event.recorded_us, event.sequence - 1))
        readings.append(states[entity].reading(event.recorded_us))
        states[entity].add(event)
        # Everything recorded so far counts for a moment just after, with no sequence number named.
        if wait_us:
            moment_us = event.recorded_us + wait_us
            later = [other for other in events if event.sequence < other.sequence and other.recorded_us < moment_us]
            if not later:
                rows.append(_row(entity, moment_us, None))
                readings.append(states[entity].reading(moment_us))
    end_us = events[-1].recorded_us + waits[-1] if events else BEGINNING_US
    rows += [_row(entity, end_us, len(events)) for entity in states]
    return rows, [*readings, *(state.reading(end_us) for state in states.values())]


def _row(entity, moment_us, up_to_sequence):
    return AsOf(lead_id=entity[0], item_id=entity[1], moment_us=moment_us, up_to_sequence=up_to_sequence)


def _text(reading):
    """All of a reading: the text of a float is all its bits, and the order of a histogram's keys is part of it."""
    return reading.moment_us, {name: repr(value) for name, value in reading.aggregates.items()}
