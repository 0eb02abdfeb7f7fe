"""Any plan and any stream of events, for property tests of the two ways to compute features of streams."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from core.behavior.recording import MAX_AMOUNT_E4
from core.event import Device, Event, EventKind, PageType, Referrer
from core.features.streams.aggregate import Aggregate, Function, Unit
from core.features.streams.declaration import StreamFeature, StreamPlan
from core.features.streams.fields import NUMBERS
from core.features.streams.window import DAY, DAY_US, EVER, HOUR, HOUR_US, MINUTE_US, MONTH, QUARTER, WEEK, YEAR

if TYPE_CHECKING:
    from core.features.streams.window import Window

BEGINNING_US = 1_772_323_200_000_000
"""2026-03-01 00:00 UTC."""
WINDOWS = (EVER, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR)
KINDS = (EventKind.ITEM_VIEWED, EventKind.ITEM_SAVED, EventKind.INQUIRY_SENT, EventKind.ITEM_SWIPED)
TEXTS = ("", "a", "b", "Ça va?", "日本", "o'neill", 'a "b"', "a;b,c", "\U0001f600", "z" * 40)
NUMBER_UNITS = sorted(NUMBERS)
_NEEDS_NUMBER = {Function.SUM, Function.SQUARES, Function.MIN, Function.MAX}
_NEEDS_FIELD = {Function.FIRST, Function.LAST, Function.DISTINCT, Function.HISTOGRAM}
_GAPS_US = (
    st.sampled_from((0, 1, MINUTE_US, 30 * MINUTE_US, HOUR_US, DAY_US, 8 * DAY_US, 40 * DAY_US))
    | st.integers(0, 10 * MINUTE_US)
    | st.integers(0, 3 * DAY_US)
)


def _fields(function: Function) -> st.SearchStrategy[Unit | None]:
    if function in _NEEDS_NUMBER:
        return st.sampled_from(NUMBER_UNITS)
    if function in _NEEDS_FIELD:
        return st.sampled_from(list(Unit))
    return st.none() | st.sampled_from(NUMBER_UNITS if function is Function.DECAYED else list(Unit))


def _windows(function: Function) -> st.SearchStrategy[Window]:
    if function is Function.DECAYED:
        return st.just(EVER)
    return st.sampled_from(WINDOWS[1:] if function is Function.STEPS else WINDOWS)


def _gaps(function: Function, window: Window) -> st.SearchStrategy[int]:
    if function is not Function.SESSIONS:
        return st.just(0)
    least = DAY_US if window is EVER else max(MINUTE_US, (window.span_us + window.step_us) // 5_000)
    return st.sampled_from((least, least + 1, max(least, 30 * MINUTE_US), 2 * DAY_US))


@st.composite
def aggregates(draw: st.DrawFn, name: str = "a") -> Aggregate:
    function = draw(st.sampled_from(list(Function)))
    window = draw(_windows(function))
    return Aggregate(
        name=name,
        function=function,
        field=draw(_fields(function)),
        kinds=draw(st.just(frozenset()) | st.frozensets(st.sampled_from(KINDS), min_size=1, max_size=3)),
        pages=draw(st.just(frozenset()) | st.just(frozenset({PageType.SEARCH.value, PageType.DETAIL.value}))),
        devices=draw(st.just(frozenset()) | st.just(frozenset({Device.MOBILE.value}))),
        positive=draw(st.sampled_from((None, None, True, False))),
        window=window,
        half_life_us=draw(st.sampled_from((64, 3_600_000_000, 64 * 10**9))) if function is Function.DECAYED else 0,
        gap_us=draw(_gaps(function, window)),
    )


COUNT = Aggregate(name="count", function=Function.COUNT)
LAST = Aggregate(name="last", function=Function.LAST, field=Unit.OCCURRED)


def plan_of(*parts: Aggregate, name: str = "lead") -> StreamPlan:
    """Return a plan with these aggregates and one feature."""
    feature = StreamFeature(name="events", family="test", description="Events.", compute=lambda r: float(r["count"]))
    return StreamPlan(
        name=name, aggregates=(COUNT, LAST, *parts), features=(feature,), count_name="count", last_name="last"
    )


@st.composite
def plans(draw: st.DrawFn, max_size: int = 8) -> StreamPlan:
    size = draw(st.integers(1, max_size))
    parts = [draw(aggregates(name=f"a{index}")) for index in range(size)]
    return plan_of(*parts, name=draw(st.sampled_from(("lead", "lead", "lead_item"))))


_LATE_US = st.sampled_from((0, 0, 0, 0, None)).flatmap(
    lambda late: st.just(0) if late == 0 else st.integers(1, 3 * DAY_US)
)
_TIMES = st.tuples(_GAPS_US, _LATE_US, st.integers(0, 2**32))
"""Of one event: microseconds since the one before was recorded, lateness, and the seed of everything else."""


@st.composite
def event_lists(draw: st.DrawFn, lead_ids: tuple[str, ...] = ("lead-1",), max_size: int = 40) -> list[Event]:
    """Events as the log has them: in the order of their sequence, one in five late by hours or days."""
    recorded_us, events = BEGINNING_US, []
    for sequence, (gap_us, late_us, seed) in enumerate(draw(st.lists(_TIMES, max_size=max_size)), start=1):
        recorded_us += gap_us
        events.append(_event(Random(seed), sequence, recorded_us, late_us, lead_ids))
    return events


def many_events(
    count: int, *, seed: int = 7, days: int = 400, item_count: int = 3_000, late: float = 0.05
) -> list[Event]:
    """Return a long history of one lead, mostly of recent days, enough to fill every sketch; some events come late."""
    draw = Random(seed)
    span_us = days * DAY_US
    times = sorted(BEGINNING_US + int(span_us * draw.random() ** 0.5) for _ in range(count))
    return [_drawn(draw, sequence, time, item_count, late) for sequence, time in enumerate(times, start=1)]


def _drawn(draw: Random, sequence: int, recorded_us: int, item_count: int, late: float) -> Event:
    item = int(draw.paretovariate(0.5)) % item_count
    return Event(
        sequence=sequence,
        event_id=f"{draw.getrandbits(40):x}-{sequence}",
        lead_id="lead-1",
        kind=draw.choice(list(EventKind)).value,
        occurred_us=recorded_us - (int(draw.expovariate(1 / HOUR_US)) if draw.random() < late else 0),
        recorded_us=recorded_us,
        item_id=f"item-{item}" if draw.random() < 0.8 else "",
        session_id=f"session-{recorded_us // HOUR_US}",
        duration_ms=draw.choice((None, draw.randrange(100_000))),
        page_type=draw.choice(list(PageType)).value,
        device=draw.choice(list(Device)).value,
        referrer=draw.choice(list(Referrer)).value,
        value_e4=draw.choice((None, draw.randrange(10**8))),
        positive=draw.choice((None, True, False)),
        query=f"{item % 211} flats" if draw.random() < 0.1 else "",
        item_type=f"type {item % 7}",
        item_location=f"place {item % 90}",
        item_price_e4=item * 10_000,
    )


def _event(draw: Random, sequence: int, recorded_us: int, late_us: int, lead_ids: tuple[str, ...]) -> Event:
    def number() -> int | None:
        return draw.choice((None, draw.randrange(6), draw.randrange(10**10)))

    def text() -> str:
        return draw.choice(TEXTS)

    return Event(
        sequence=sequence,
        # Ids do not rise with the sequence, and are not ordered as numbers are.
        event_id=f"{draw.choice('aBé_')}{sequence * 7919 % 1000}-{sequence}",
        lead_id=draw.choice(lead_ids),
        kind=draw.choice(KINDS).value,
        occurred_us=recorded_us - late_us,
        recorded_us=recorded_us,
        item_id=draw.choice((text(), str(draw.randrange(400)))),
        session_id=text(),
        agent_id=text(),
        duration_ms=number(),
        page_type=draw.choice(("", *(page.value for page in PageType))),
        device=draw.choice(("", *(device.value for device in Device))),
        referrer=draw.choice(("", *(referrer.value for referrer in Referrer))),
        price_e4=number(),
        value_e4=draw.choice((number(), -MAX_AMOUNT_E4, MAX_AMOUNT_E4)),
        quantity=number(),
        positive=draw.choice((None, True, False)),
        query=draw.choice((text(), chr(draw.randrange(1, 0xD800)))),
        item_type=text(),
        item_location=text(),
        item_price_e4=number(),
    )
