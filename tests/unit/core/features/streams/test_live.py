"""The live values are what the definitions say, whatever comes in whatever order."""

from __future__ import annotations

import zlib
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.features.streams.aggregate import Aggregate, Function, Unit
from core.features.streams.live import StateOutdated, StreamState
from core.features.streams.window import DAY, DAY_US, EVER, HOUR, HOUR_US, MINUTE_US, MONTH, WEEK, YEAR
from tests.parts.stream_plans import BEGINNING_US, event_lists, many_events, plan_of, plans
from tests.parts.stream_reference import reference

AHEAD_US = st.sampled_from((0, 1, 5 * MINUTE_US, HOUR_US, DAY_US, 31 * DAY_US, 400 * DAY_US)) | st.integers(
    0, WEEK.span_us
)


def state_of(plan, events) -> StreamState:
    state = StreamState(plan)
    for event in events:
        state.add(event)
    return state


def newest_us(events) -> int:
    return events[-1].recorded_us if events else BEGINNING_US


@settings(max_examples=80, deadline=None)
@given(plans(), event_lists(), st.lists(AHEAD_US, min_size=1, max_size=3))
def test_any_history_reads_as_defined_at_any_moment(plan, events, ahead_us):
    state = state_of(plan, events)

    for moment_us in (newest_us(events) + ahead for ahead in ahead_us):
        assert state.reading(moment_us).aggregates == reference(plan, events, moment_us)


@settings(max_examples=60, deadline=None)
@given(plans(), event_lists(), st.data())
def test_reading_and_storing_in_between_changes_nothing(plan, events, data):
    state = StreamState(plan)
    for index, event in enumerate(events, start=1):
        state.add(event)
        if data.draw(st.booleans()):
            moment_us = event.recorded_us + data.draw(AHEAD_US)
            assert state.reading(moment_us).aggregates == reference(plan, events[:index], moment_us)
        if data.draw(st.integers(0, 3)) == 0:
            state = StreamState.from_bytes(plan, state.to_bytes())

    assert state.head == len(events)
    assert state.reading(newest_us(events)).aggregates == reference(plan, events, newest_us(events))


@settings(max_examples=60, deadline=None)
@given(plans(), event_lists(), st.randoms(use_true_random=False), AHEAD_US)
def test_the_order_in_which_events_come_does_not_matter(plan, events, order, ahead_us):
    moment_us = newest_us(events) + ahead_us
    shuffled = [event._replace(recorded_us=newest_us(events)) for event in events]
    order.shuffle(shuffled)
    shuffled = [event._replace(sequence=sequence) for sequence, event in enumerate(shuffled, start=1)]

    states = state_of(plan, events), state_of(plan, shuffled)

    assert states[0].reading(moment_us) == states[1].reading(moment_us)


@settings(max_examples=30, deadline=None)
@given(plans(), event_lists(), st.randoms(use_true_random=False))
def test_events_that_come_again_have_no_effect(plan, events, order):
    once, again = StreamState(plan), StreamState(plan)
    for index, event in enumerate(events):
        once.add(event)
        again.add(event)
        again.add(order.choice(events[: index + 1]))

    assert again.head == once.head
    assert again.to_bytes() == once.to_bytes()


EVERYTHING = plan_of(
    *(
        Aggregate(name=f"{function.value} {unit.value} {window.name}", function=function, field=unit, window=window)
        for window in (EVER, HOUR, DAY, WEEK, MONTH, YEAR)
        for function, unit in (
            (Function.SUM, Unit.DURATION),
            (Function.SQUARES, Unit.VALUE),
            (Function.MIN, Unit.PRICE),
            (Function.MAX, Unit.PRICE),
            (Function.FIRST, Unit.QUERY),
            (Function.LAST, Unit.ITEM),
            (Function.DISTINCT, Unit.ITEM),
            (Function.DISTINCT, Unit.HOUR),
            (Function.HISTOGRAM, Unit.ITEM),
            (Function.HISTOGRAM, Unit.ITEM_LOCATION),
            (Function.HISTOGRAM, Unit.HOUR),
        )
    ),
    *(
        Aggregate(name=f"steps {window.name}", function=Function.STEPS, window=window)
        for window in (HOUR, DAY, WEEK, MONTH, YEAR)
    ),
    *(
        Aggregate(name=f"sessions {window.name}", function=Function.SESSIONS, window=window, gap_us=30 * MINUTE_US)
        for window in (HOUR, DAY, WEEK, MONTH)
    ),
    Aggregate(name="decayed", function=Function.DECAYED, half_life_us=7 * DAY_US),
    Aggregate(name="decayed value", function=Function.DECAYED, field=Unit.VALUE, half_life_us=HOUR_US),
)


def test_a_history_that_fills_every_sketch_reads_as_defined():
    events = many_events(2_400)
    state, draw = StreamState(EVERYTHING), Random(3)
    for index, event in enumerate(events, start=1):
        state.add(event)
        if index % 800 == 0:
            for ahead_us in sorted(draw.randrange(60 * DAY_US) for _ in range(2)):
                moment_us = event.recorded_us + ahead_us
                assert state.reading(moment_us).aggregates == reference(EVERYTHING, events[:index], moment_us)
        elif index % 20 == 0:
            state.reading(event.recorded_us)
        if index % 500 == 0:
            state = StreamState.from_bytes(EVERYTHING, state.to_bytes())


@pytest.mark.parametrize("gap_us", [2 * HOUR_US, 2 * DAY_US, 8 * DAY_US, 40 * DAY_US, 200 * DAY_US, 400 * DAY_US])
def test_a_lead_that_comes_back_after_it_was_read_reads_as_defined(gap_us):
    events = many_events(60, days=20)
    moment_us = newest_us(events) + gap_us
    back = [
        event._replace(sequence=event.sequence + 60, occurred_us=moment_us + index, recorded_us=moment_us + index)
        for index, event in enumerate(events[:5])
    ]
    state = state_of(EVERYTHING, events)
    state.reading(moment_us)
    for index, event in enumerate(back, start=1):
        state.add(event)
        assert state.reading(moment_us + 10).aggregates == reference(EVERYTHING, events + back[:index], moment_us + 10)


@pytest.mark.parametrize("hop_us", [10 * MINUTE_US, 5 * HOUR_US, 30 * HOUR_US, 5 * DAY_US, 60 * DAY_US])
def test_a_lead_that_stays_away_reads_as_defined_every_time(hop_us):
    events = many_events(60, days=20)
    state = state_of(EVERYTHING, events)

    for moment_us in range(newest_us(events), newest_us(events) + 8 * hop_us, hop_us):
        assert state.reading(moment_us).aggregates == reference(EVERYTHING, events, moment_us)


def test_a_stored_state_stays_small_and_reads_the_same():
    events = many_events(12_000, item_count=20_000)
    state = state_of(EVERYTHING, events)
    stored = state.to_bytes()
    restored = StreamState.from_bytes(EVERYTHING, stored)

    assert len(stored) < 200_000
    assert restored.to_bytes() == stored
    assert restored.reading(newest_us(events)) == state.reading(newest_us(events))


def test_keys_of_what_a_reading_holds_are_in_one_order_however_events_came():
    events = many_events(300)
    backwards = [
        event._replace(sequence=sequence, recorded_us=newest_us(events))
        for sequence, event in enumerate(reversed(events), start=1)
    ]
    readings = [state_of(EVERYTHING, history).reading(newest_us(events)) for history in (events, backwards)]

    orders = [[list(value) for value in reading.aggregates.values() if isinstance(value, dict)] for reading in readings]
    assert orders[0] == orders[1]


def test_what_was_read_stays_as_it_was():
    events = many_events(200)
    state = state_of(EVERYTHING, events[:100])
    before = state.reading(events[99].recorded_us)
    known = repr(before)
    for event in events[100:]:
        state.add(event)
        state.reading(event.recorded_us)

    assert repr(before) == known


def test_features_have_their_defaults_without_events():
    assert StreamState(plan_of()).values(BEGINNING_US) == {"events": None}


def test_an_event_without_an_item_moves_the_head_of_an_item_s_state_only():
    [event] = many_events(1)
    state = state_of(plan_of(name="lead_item"), [event._replace(item_id="")])

    assert state.head == 1
    assert state.reading(event.recorded_us)["count"] == 0


@pytest.mark.parametrize("damage", [lambda b: b[:-3], lambda b: b[:20] + bytes([b[20] ^ 1]) + b[21:], lambda _: b""])
def test_a_damaged_state_is_refused(damage):
    stored = state_of(EVERYTHING, many_events(20)).to_bytes()

    with pytest.raises(StateOutdated, match="damaged"):
        StreamState.from_bytes(EVERYTHING, damage(stored))


@pytest.mark.parametrize("content", [b"[]", b"7", b'{"a": 1}', b"not JSON", b"\xff"])
def test_a_state_that_is_none_is_refused(content):
    with pytest.raises(StateOutdated, match="damaged"):
        StreamState.from_bytes(EVERYTHING, zlib.compress(content))


def test_a_state_of_another_plan_is_refused():
    stored = state_of(EVERYTHING, many_events(20)).to_bytes()

    for other in (plan_of(), plan_of(*EVERYTHING.aggregates[2:], name="lead_item")):
        with pytest.raises(StateOutdated, match="another plan"):
            StreamState.from_bytes(other, stored)
