"""Events of leads, made by hand or at random, and the values of features over them by the reference alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from core.behavior.plan import LEAD_PLAN
from core.event import Device, Event, EventKind, PageType, Referrer
from core.features.streams.declaration import Reading
from core.features.streams.window import DAY_US, HOUR_US, MINUTE_US
from core.interactions.plan import INTERACTION_PLAN
from tests.parts.stream_reference import reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.features.streams.declaration import StreamPlan, Value

MONDAY_US = 1_772_409_600_000_000
"""2026-03-02 00:00 UTC, a Monday: the moment, unless a test says otherwise."""
KIND = EventKind
_PRICES = st.none() | st.integers(0, 50_000_000)
_SPAN_US = st.sampled_from(
    (0, MINUTE_US, 20 * MINUTE_US, 31 * MINUTE_US, 7 * HOUR_US, DAY_US, 2 * DAY_US, 9 * DAY_US, 80 * DAY_US)
)


def event(kind: EventKind, *, days_ago: float = 1.0, **fields: Any) -> Event:
    """Make an event of lead-1 that occurred some days before the moment."""
    occurred_us = MONDAY_US - round(days_ago * DAY_US)
    held = {"item_id": "item-1", "occurred_us": occurred_us, "recorded_us": occurred_us, **fields}
    return Event(sequence=1, event_id=f"{kind}-{days_ago}", lead_id="lead-1", kind=kind.value, **held)


def many(kind: EventKind, count: int, **fields: Any) -> list[Event]:
    return [event(kind, **fields) for _ in range(count)]


def reading(plan: StreamPlan, events: Iterable[Event], moment_us: int = MONDAY_US) -> Reading:
    return Reading(aggregates=reference(plan, list(events), moment_us), moment_us=moment_us)


def values(plan: StreamPlan, events: Iterable[Event], moment_us: int = MONDAY_US) -> dict[str, Value]:
    return plan.values(reading(plan, events, moment_us))


def of_lead(events: Iterable[Event], moment_us: int = MONDAY_US) -> dict[str, Value]:
    return values(LEAD_PLAN, events, moment_us)


def of_pair(events: Iterable[Event], moment_us: int = MONDAY_US) -> dict[str, Value]:
    return values(INTERACTION_PLAN, events, moment_us)


@st.composite
def histories(draw: st.DrawFn, max_size: int = 25) -> list[Event]:
    """Events of one lead of every kind, oldest first, the newest at or before MONDAY_US."""
    ago_us, events = draw(_SPAN_US), []
    for _ in range(draw(st.integers(0, max_size) | st.just(max_size))):
        events.append(draw(_any_event(ago_us)))
        ago_us += draw(_SPAN_US) + draw(st.integers(0, 10_000_000))
    return events[::-1]


@st.composite
def _any_event(draw: st.DrawFn, ago_us: int) -> Event:
    text = st.sampled_from(("", "a", "b", "c"))
    return event(
        draw(st.sampled_from(EventKind)),
        days_ago=ago_us / DAY_US,
        item_id=draw(text),
        session_id=draw(text),
        duration_ms=draw(st.none() | st.integers(0, 10_000_000)),
        page_type=str(draw(st.sampled_from(("", *PageType)))),
        device=str(draw(st.sampled_from(("", *Device)))),
        referrer=str(draw(st.sampled_from(("", *Referrer)))),
        price_e4=draw(_PRICES),
        value_e4=draw(_PRICES),
        positive=draw(st.sampled_from((None, True, False))),
        query=draw(text),
        item_type=draw(text),
        item_location=draw(text),
        item_price_e4=draw(_PRICES),
    )
