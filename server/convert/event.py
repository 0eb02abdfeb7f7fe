"""Events."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from leadline.v1 import event_pb2, event_service_pb2

from core.behavior.event_log import MAX_EVENTS, EventStatus, RecordedEvents
from core.behavior.recording import NO_MOMENT, NO_NUMBER, NO_WORD, EventIntake, fixed_point
from core.caller import Caller
from core.errors import InvalidInput
from core.event import FIXED_POINT, MICROSECONDS, Device, Event, EventKind, PageType, Referrer
from core.identifiers import check_identifier
from server.interceptors.status import status_of

_NANOS = 1_000_000_000
_NOTHING = {0: ""}


def _names(wire: Any, prefix: str, kind: type[StrEnum]) -> dict[int, str]:
    return {wire.Value(f"{prefix}_{member.name}"): member.value for member in kind}


_KINDS = _names(event_pb2.EventKind, "EVENT_KIND", EventKind)
_PAGES = _NOTHING | _names(event_pb2.PageType, "PAGE_TYPE", PageType)
_DEVICES = _NOTHING | _names(event_pb2.DeviceType, "DEVICE_TYPE", Device)
_REFERRERS = _NOTHING | _names(event_pb2.ReferrerType, "REFERRER_TYPE", Referrer)
_KIND_NUMBERS, _PAGE_NUMBERS, _DEVICE_NUMBERS, _REFERRER_NUMBERS = (
    {name: number for number, name in names.items()} for names in (_KINDS, _PAGES, _DEVICES, _REFERRERS)
)
_STATUSES = {
    status: event_service_pb2.EventStatus.Value(f"EVENT_STATUS_{status.value.upper()}") for status in EventStatus
}
_DONE = frozenset({EventStatus.RECORDED, EventStatus.CLOCK_ADJUSTED})


def events_from_wire(
    request: event_service_pb2.RecordEventsRequest, caller: Caller, intake: EventIntake
) -> list[Event | InvalidInput]:
    """Return every event of a request, or what is wrong with it, in its place.

    Raises:
        InvalidInput: If there are none or too many, or the request's id is none.
    """
    if request.request_id:
        check_identifier(request.request_id, "request_id")
    if not 1 <= len(request.events) <= MAX_EVENTS:
        raise InvalidInput.of("events", f"must be 1 to {MAX_EVENTS}, not {len(request.events):,}")
    read: list[Event | InvalidInput] = []
    add, accept = read.append, intake.accept
    for wire in request.events:
        try:
            add(accept(caller, _event(wire), wire.attribution_token))
        except InvalidInput as problem:
            add(problem.under(f"events[{len(read)}]"))
    return read


def recorded_to_wire(done: RecordedEvents) -> event_service_pb2.RecordEventsResponse:
    """Return what became of a request as a message."""
    response = event_service_pb2.RecordEventsResponse(recorded_time=_time(done.recorded_us))
    add, numbers = response.results.add, _STATUSES
    for result in done.results:
        if result.error is None:
            add(status=numbers[result.status])
        else:
            add(status=numbers[result.status], error=status_of(result.error))
    told = [result.status for result in done.results]
    response.recorded_count = sum(status in _DONE for status in told)
    response.duplicate_count = told.count(EventStatus.DUPLICATE)
    response.refused_count = told.count(EventStatus.REFUSED)
    return response


def stored_events_to_wire(events: Iterable[Event]) -> list[event_service_pb2.StoredEvent]:
    """Return events as they are kept as messages; tokens stay inside."""
    return [
        event_service_pb2.StoredEvent(
            event=_event_to_wire(event),
            sequence=event.sequence,
            recorded_time=_time(event.recorded_us),
            item_type=event.item_type,
            item_location=event.item_location,
            item_price=_amount(event.item_price_e4),
        )
        for event in events
    ]


def _event(wire: event_pb2.Event) -> Event:
    """Read a message once: every look into one costs. What cannot be a value at all becomes one that is refused."""
    has = wire.HasField
    occurred_us = duration_ms = 0
    if has("occurred_time"):
        time = wire.occurred_time
        nanos = time.nanos
        # The epoch itself is ten times too old; it must not stand for "not said".
        occurred_us = (time.seconds * MICROSECONDS + nanos // 1_000) or NO_MOMENT
        if not 0 <= nanos < _NANOS:
            occurred_us = NO_MOMENT
    has_duration = has("duration")
    if has_duration:
        lasted = wire.duration
        nanos = lasted.nanos
        duration_ms = lasted.seconds * 1_000 + nanos // 1_000_000 if 0 <= nanos < _NANOS else NO_NUMBER
    return Event(
        0,
        wire.event_id,
        wire.lead_id,
        _KINDS.get(wire.kind, NO_WORD),
        occurred_us,
        0,
        wire.item_id,
        wire.session_id,
        wire.agent_id,
        duration_ms if has_duration else None,
        _PAGES.get(wire.page_type, NO_WORD),
        _DEVICES.get(wire.device, NO_WORD),
        _REFERRERS.get(wire.referrer, NO_WORD),
        fixed_point(wire.price) if has("price") else None,
        fixed_point(wire.value) if has("value") else None,
        wire.quantity if has("quantity") else None,
        wire.positive if has("positive") else None,
        wire.query,
    )


def _event_to_wire(event: Event) -> event_pb2.Event:
    lasted = event.duration_ms
    return event_pb2.Event(
        event_id=event.event_id,
        lead_id=event.lead_id,
        kind=_KIND_NUMBERS[event.kind],  # type: ignore[arg-type]
        occurred_time=_time(event.occurred_us),
        item_id=event.item_id,
        session_id=event.session_id,
        agent_id=event.agent_id,
        duration=None if lasted is None else Duration(seconds=lasted // 1_000, nanos=lasted % 1_000 * 1_000_000),
        page_type=_PAGE_NUMBERS[event.page_type],  # type: ignore[arg-type]
        device=_DEVICE_NUMBERS[event.device],  # type: ignore[arg-type]
        referrer=_REFERRER_NUMBERS[event.referrer],  # type: ignore[arg-type]
        price=_amount(event.price_e4),
        value=_amount(event.value_e4),
        quantity=event.quantity,
        positive=event.positive,
        query=event.query,
    )


def _amount(fixed: int | None) -> float | None:
    return None if fixed is None else fixed / FIXED_POINT


def _time(moment_us: int) -> Timestamp:
    seconds, rest = divmod(moment_us, MICROSECONDS)
    return Timestamp(seconds=seconds, nanos=rest * 1_000)
