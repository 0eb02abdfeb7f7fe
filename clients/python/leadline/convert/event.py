"""Events on the wire."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final, TypeVar

from leadline.convert.durations import duration_from_wire, duration_to_wire
from leadline.convert.enums import enum_table
from leadline.convert.times import time_from_wire, time_to_wire
from leadline.details import error_from_status
from leadline.errors import InvalidRequest, Violation
from leadline.event import (
    DeviceType,
    Event,
    EventKind,
    EventResult,
    EventStatus,
    PageType,
    RecordEventsResult,
    ReferrerType,
    StoredEvent,
)
from leadline.v1 import event_pb2, event_service_pb2

_Member = TypeVar("_Member", bound=Enum)

_KINDS: Final = enum_table(event_pb2.EventKind.items(), "EVENT_KIND_", EventKind)
_PAGES: Final = enum_table(event_pb2.PageType.items(), "PAGE_TYPE_", PageType)
_DEVICES: Final = enum_table(event_pb2.DeviceType.items(), "DEVICE_TYPE_", DeviceType)
_REFERRERS: Final = enum_table(event_pb2.ReferrerType.items(), "REFERRER_TYPE_", ReferrerType)
_STATUSES: Final = enum_table(event_service_pb2.EventStatus.items(), "EVENT_STATUS_", EventStatus)
_NUMBERS: Final[dict[Enum, int]] = {
    member: number for table in (_KINDS, _PAGES, _DEVICES, _REFERRERS) for number, member in table.items()
}


def event_to_wire(event: Event, event_id: str, position: int = 0) -> event_pb2.Event:
    """Return an event as a message.

    Args:
        event: What happened.
        event_id: Its id.
        position: Of the event in the call, for errors.

    Raises:
        InvalidRequest: If its time has no zone, a number is out of all bounds, or a word is one this client does not
            know.
    """
    path = f"events[{position}]"
    try:
        wire = event_pb2.Event(
            event_id=event_id,
            lead_id=event.lead_id,
            kind=_number(event.kind, f"{path}.kind"),
            item_id=event.item_id,
            session_id=event.session_id,
            agent_id=event.agent_id,
            duration=None if event.duration is None else duration_to_wire(event.duration),
            page_type=_number(event.page_type, f"{path}.page_type"),
            device=_number(event.device, f"{path}.device"),
            referrer=_number(event.referrer, f"{path}.referrer"),
            price=event.price,
            value=event.value,
            quantity=event.quantity,
            positive=event.positive,
            query=event.query,
            attribution_token=event.attribution_token,
        )
    except (ValueError, TypeError) as problem:
        raise _invalid(path, f"must have values of the right types: {problem}") from problem
    if event.occurred_time is not None:
        try:
            wire.occurred_time.CopyFrom(time_to_wire(event.occurred_time))
        except ValueError as problem:
            raise _invalid(f"{path}.occurred_time", str(problem)) from problem
    return wire


def recorded_from_wire(
    response: event_service_pb2.RecordEventsResponse, request: event_service_pb2.RecordEventsRequest
) -> RecordEventsResult:
    """Return what became of a call."""
    return RecordEventsResult(
        results=tuple(
            EventResult(
                event_id=sent.event_id,
                status=_STATUSES.get(result.status, EventStatus.UNKNOWN),
                error=error_from_status(result.error) if result.HasField("error") else None,
            )
            for sent, result in zip(request.events, response.results, strict=False)
        ),
        recorded_count=response.recorded_count,
        duplicate_count=response.duplicate_count,
        refused_count=response.refused_count,
        recorded_time=time_from_wire(response.recorded_time) if response.HasField("recorded_time") else None,
    )


def stored_event_from_wire(wire: event_service_pb2.StoredEvent) -> StoredEvent:
    """Return a message as a stored event."""
    return StoredEvent(
        event=_event_from_wire(wire.event),
        sequence=wire.sequence,
        recorded_time=time_from_wire(wire.recorded_time),
        item_type=wire.item_type,
        item_location=wire.item_location,
        item_price=wire.item_price if wire.HasField("item_price") else None,
    )


def _event_from_wire(wire: event_pb2.Event) -> Event:
    has = wire.HasField
    return Event(
        lead_id=wire.lead_id,
        kind=_KINDS.get(wire.kind, EventKind.UNKNOWN),
        event_id=wire.event_id,
        occurred_time=time_from_wire(wire.occurred_time) if has("occurred_time") else None,
        item_id=wire.item_id,
        session_id=wire.session_id,
        agent_id=wire.agent_id,
        duration=duration_from_wire(wire.duration) if has("duration") else None,
        page_type=_member(_PAGES, wire.page_type, PageType.UNKNOWN),
        device=_member(_DEVICES, wire.device, DeviceType.UNKNOWN),
        referrer=_member(_REFERRERS, wire.referrer, ReferrerType.UNKNOWN),
        price=wire.price if has("price") else None,
        value=wire.value if has("value") else None,
        quantity=wire.quantity if has("quantity") else None,
        positive=wire.positive if has("positive") else None,
        query=wire.query,
    )


def _number(member: Enum | None, path: str) -> Any:
    if member is None:
        return 0
    number = _NUMBERS.get(member)
    if number is None:
        raise _invalid(path, "must be one that this client knows")
    return number


def _member(table: dict[int, _Member], number: int, unknown: _Member) -> _Member | None:
    return table.get(number, unknown) if number else None


def _invalid(field: str, rule: str) -> InvalidRequest:
    return InvalidRequest.of([Violation(field=field, rule=rule)])
