from __future__ import annotations

from random import Random

import pytest

from core.adapters.backfill.as_of import AsOf
from core.adapters.backfill.duckdb_backfill import BackfillLimits, DuckDbBackfill
from core.errors import InvalidInput
from core.event import Event, EventKind
from core.features.streams.aggregate import Aggregate, Function, Unit
from core.features.streams.columns import EventColumns
from core.features.streams.window import DAY, DAY_US, EVER, HOUR, HOUR_US, MONTH
from tests.parts.stream_plans import BEGINNING_US, plan_of
from tests.parts.stream_reference import reference

END_US = BEGINNING_US + 60 * DAY_US


def _event(sequence, occurred_us=BEGINNING_US, **fields):
    defaults = {
        "event_id": f"e{sequence}",
        "lead_id": "lead-1",
        "kind": EventKind.ITEM_VIEWED.value,
        "recorded_us": max(occurred_us, BEGINNING_US),
    }
    return Event(**{**defaults, **fields, "sequence": sequence, "occurred_us": occurred_us})


def _read(events, *aggregates, moment_us=END_US, up_to_sequence=None, plan_name="lead", item_id=""):
    row = AsOf(lead_id="lead-1", item_id=item_id, moment_us=moment_us, up_to_sequence=up_to_sequence)
    backfill = DuckDbBackfill(plan_of(*aggregates, name=plan_name))
    return backfill.readings(EventColumns.of(events), [row])[0].aggregates


@pytest.mark.parametrize("unit", [Unit.ITEM, Unit.PRICE])
@pytest.mark.parametrize("function", [Function.DISTINCT, Function.HISTOGRAM])
@pytest.mark.parametrize("different", [64, 65, 256, 257, 400])
def test_many_different_values_are_estimated_and_capped_as_defined(different, function, unit):
    events = [
        _event(number, item_id=f"item-{number % different}", price_e4=number % different)
        for number in range(1, 3 * different)
    ]
    aggregate = Aggregate(name="a", function=function, field=unit, window=MONTH)
    plan, moment_us = plan_of(aggregate), BEGINNING_US + 1
    assert _read(events, aggregate, moment_us=moment_us) == reference(plan, events, moment_us)


@pytest.mark.parametrize(
    "unit", [Unit.HOUR, Unit.WEEKDAY, Unit.MONTH_OF_YEAR, Unit.DAY, Unit.OCCURRED], ids=lambda unit: unit.value
)
def test_the_calendar_holds_before_1970_and_on_leap_days(unit):
    moments_us = [
        -1,
        0,
        1,
        -DAY_US,
        -DAY_US - 1,
        11_016 * DAY_US,
        11_016 * DAY_US - 1,
        11_017 * DAY_US,
        -25_508 * DAY_US,
    ]
    aggregate = Aggregate(name="a", function=Function.HISTOGRAM, field=unit)
    for number, occurred_us in enumerate(moments_us, 1):
        event = _event(number, occurred_us)
        assert _read([event], aggregate) == reference(plan_of(aggregate), [event], END_US)


def test_windows_and_fading_before_1970():
    events = [
        _event(number, -number * 40 * 60_000_000, recorded_us=-number * 40 * 60_000_000) for number in range(1, 99)
    ]
    aggregates = (
        Aggregate(name="hour", function=Function.COUNT, window=HOUR),
        Aggregate(name="steps", function=Function.STEPS, window=DAY),
        Aggregate(name="faded", function=Function.DECAYED, half_life_us=64 * 60_000_000),
    )
    moment_us = 20 * 60_000_000
    assert _read(events, *aggregates, moment_us=moment_us) == reference(plan_of(*aggregates), events, moment_us)


def test_events_of_one_moment_are_ordered_by_the_bytes_of_their_ids():
    ids = ["z", "é", "Z", "\U0001f600", "\uffff", "a", "_"]
    events = [_event(number, event_id=event_id, query=event_id) for number, event_id in enumerate(ids, 1)]
    first = Aggregate(name="first", function=Function.FIRST, field=Unit.QUERY)
    last = Aggregate(name="last_query", function=Function.LAST, field=Unit.QUERY)
    read = _read(events, first, last)
    ordered = sorted(ids, key=str.encode)
    assert (read["first"], read["last_query"]) == (ordered[0], ordered[-1])


def test_an_event_counts_once_recorded_before_the_moment_or_where_one_is_named_up_to_a_sequence():
    events = [
        _event(1, BEGINNING_US),
        _event(2, BEGINNING_US, recorded_us=BEGINNING_US + 10),
        _event(3, BEGINNING_US + 10),
        _event(4, BEGINNING_US + 11),
    ]

    def count(offset_us, up_to_sequence=None):
        return _read(events, moment_us=BEGINNING_US + offset_us, up_to_sequence=up_to_sequence)["count"]

    assert [count(0), count(1), count(10), count(11), count(12)] == [0, 1, 1, 3, 4]
    assert [count(0, 0), count(0, 2), count(0, 4), count(10, 4)] == [0, 2, 2, 3]
    # A reader may not have seen what was recorded before the moment.
    assert [count(12, 0), count(12, 1), count(12, 3), count(12, 4)] == [0, 1, 3, 4]


def test_events_exactly_a_gap_apart_are_of_different_sessions():
    offsets_us = [0, 1, HOUR_US, 2 * HOUR_US, 3 * HOUR_US - 1]
    events = [_event(number, BEGINNING_US + offset_us) for number, offset_us in enumerate(offsets_us, 1)]
    sessions = Aggregate(name="a", function=Function.SESSIONS, window=MONTH, gap_us=HOUR_US)
    moment_us = BEGINNING_US + DAY_US
    read = _read(events, sessions, moment_us=moment_us)
    assert [session.event_count for session in read["a"]] == [3, 2]
    assert read == reference(plan_of(sessions), events, moment_us)


def test_an_event_that_is_there_twice_counts_once():
    assert _read([_event(1), _event(2), _event(1)])["count"] == 2


def test_amounts_of_any_size_add_up_exactly():
    largest = 2**63 - 1
    events = [_event(number, value_e4=largest) for number in range(1, 200)]
    total = Aggregate(name="sum", function=Function.SUM, field=Unit.VALUE)
    faded = Aggregate(name="faded", function=Function.DECAYED, field=Unit.VALUE, half_life_us=DAY_US)
    old = Aggregate(name="old", function=Function.DECAYED, field=Unit.VALUE, half_life_us=HOUR_US)
    for moment_us in (BEGINNING_US + 1, BEGINNING_US + 20 * HOUR_US, BEGINNING_US + 40 * HOUR_US, END_US):
        read = _read(events, total, faded, old, moment_us=moment_us)
        assert read == reference(plan_of(total, faded, old), events, moment_us)
    assert read["sum"] == 199 * largest


def test_texts_are_never_read_as_statements():
    hostile = "'; DROP TABLE events; --"
    event = _event(1, lead_id="lead-1", query=hostile, item_id=hostile, page_type=hostile, item_type="?")
    aggregates = (
        Aggregate(name=hostile, function=Function.COUNT, pages=frozenset({hostile, "$1"})),
        Aggregate(name="{value}", function=Function.LAST, field=Unit.QUERY, devices=frozenset({"?"})),
        Aggregate(name="item", function=Function.HISTOGRAM, field=Unit.ITEM),
    )
    read = _read([event], *aggregates, plan_name="lead_item", item_id=hostile)
    assert (read[hostile], read["{value}"], read["item"]) == (1, None, {hostile: 1})


def test_rows_of_nobody_and_logs_of_nothing_have_empty_readings():
    aggregates = [
        Aggregate(
            name=f"a_{function.value}",
            function=function,
            field=Unit.DAY,
            window=MONTH if function is Function.STEPS else EVER,
            half_life_us=DAY_US,
            gap_us=DAY_US,
        )
        for function in Function
    ]
    plan = plan_of(*aggregates)
    rows = [AsOf(lead_id="nobody", moment_us=END_US), AsOf(lead_id="lead-1", moment_us=0)]
    for events in ([], [_event(1)]):
        for reading in DuckDbBackfill(plan).readings(EventColumns.of(events), rows):
            assert reading.aggregates == reference(plan, [], reading.moment_us)
    assert DuckDbBackfill(plan).readings(EventColumns.of([_event(1)]), []) == []


def test_little_memory_and_small_chunks_change_nothing():
    random = Random(3)
    events = [
        _event(
            number,
            BEGINNING_US + random.randrange(30) * HOUR_US,
            recorded_us=BEGINNING_US + 30 * HOUR_US,
            item_id=f"{random.randrange(500)}",
        )
        for number in range(1, 3_000)
    ]
    rows = [AsOf(lead_id="lead-1", moment_us=BEGINNING_US + (30 + number) * HOUR_US + 1) for number in range(30)]
    plan = plan_of(
        Aggregate(name="items", function=Function.DISTINCT, field=Unit.ITEM),
        Aggregate(name="sessions", function=Function.SESSIONS, window=MONTH, gap_us=HOUR_US),
    )
    columns = EventColumns.of(events)
    limits = BackfillLimits(threads=1, memory_mb=64, pairs_per_chunk=1)
    assert DuckDbBackfill(plan, limits).readings(columns, rows) == DuckDbBackfill(plan).readings(columns, rows)


def test_what_cannot_be_kept_live_is_refused_for_the_past_too():
    sessions = Aggregate(name="a", function=Function.SESSIONS, gap_us=1)
    with pytest.raises(InvalidInput, match="gap_us"):
        DuckDbBackfill(plan_of(sessions))
