"""Events for tests."""

from __future__ import annotations

from datetime import UTC, datetime

from core.behavior.recording import microseconds_of
from core.event import Event, EventKind

OCCURRED = datetime(2026, 2, 20, 8, 0, 0, 1, tzinfo=UTC)


def event(event_id: str = "e1", lead_id: str = "a", **fields) -> Event:
    """Return a view of an item as it was sent, or what ``fields`` say."""
    sent = {
        "sequence": 0,
        "kind": EventKind.ITEM_VIEWED.value,
        "occurred_us": microseconds_of(OCCURRED),
        "recorded_us": 0,
        **fields,
    }
    return Event(event_id=event_id, lead_id=lead_id, **sent)


def record(log, caller, *events, request_id: str = ""):
    """Record and return what became of it."""
    return log.append(caller, request_id, events)


def statuses(done) -> list[str]:
    """Return what became of each event."""
    return [result.status.value for result in done.results]
