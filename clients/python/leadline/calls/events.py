"""Calls of EventService."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from hashlib import blake2b
from typing import Any, Final
from uuid import uuid4

from leadline.calls.contact_events import ContactEvents
from leadline.calls.item_events import ItemEvents
from leadline.calls.session_events import SessionEvents
from leadline.convert.event import event_to_wire, recorded_from_wire, stored_event_from_wire
from leadline.errors import LeadlineError
from leadline.event import Event, EventKind, EventResult, RecordEventsResult, StoredEvent
from leadline.transport import Transport
from leadline.v1 import event_service_pb2 as pb

_LONGEST_STEM: Final = 124
"""Characters an id of 128 leaves before ``-499``."""


class EventCalls(ItemEvents, ContactEvents, SessionEvents):
    """Records what leads do: many events at once, or one by a method of its kind."""

    _transport: Transport

    def record_events(
        self, events: Sequence[Event], *, request_id: str = "", timeout: timedelta | None = None
    ) -> RecordEventsResult:
        """Record events. They are on disk when this returns.

        Args:
            events: 1 to 500. Those without an id get one that is made of ``request_id`` and their place.
            request_id: Idempotency key; the same again gives the first answer. Empty: the ids of the events alone
                decide what was recorded before.
            timeout: None means the client's.

        Returns:
            One result for each event. A broken one is refused with an error of its own, and the others are recorded.

        Raises:
            LeadlineError: If the call failed. After that repeat it with the ``request_id`` of the error: the events
                get the same ids, and none counts twice.
        """
        key = request_id or uuid4().hex
        # A request's id may be as long as an event's: with a place behind it, it would be too long.
        stem = key if len(key) <= _LONGEST_STEM else blake2b(key.encode(), digest_size=16).hexdigest()
        request = pb.RecordEventsRequest(
            request_id=request_id,
            events=[
                event_to_wire(event, event.event_id or f"{stem}-{position}", position)
                for position, event in enumerate(events)
            ],
        )
        try:
            response = self._transport.call(self._transport.events.RecordEvents, request, timeout=timeout)
        except LeadlineError as problem:
            problem.request_id = key
            raise
        if len(response.results) != len(events):
            raise LeadlineError(f"the server answered {len(response.results)} of {len(events)} events", request_id=key)
        return recorded_from_wire(response, request)

    def list_events(
        self, lead_id: str, *, page_size: int = 500, timeout: timedelta | None = None
    ) -> Iterator[StoredEvent]:
        """Yield the events of a lead, newest first by when they were recorded; pages are fetched as they are needed.

        Args:
            lead_id: The lead.
            page_size: Events in one call, 1 to 1,000.
            timeout: Deadline of each call.
        """
        token = ""
        while True:
            request = pb.ListEventsRequest(lead_id=lead_id, page_size=page_size, page_token=token)
            response = self._transport.call(self._transport.events.ListEvents, request, timeout=timeout)
            yield from map(stored_event_from_wire, response.events)
            token = response.next_page_token
            if not token:
                return

    def _record_one(self, kind: EventKind, lead_id: str, **said: Any) -> EventResult:
        timeout = said.pop("timeout", None)
        event_id = said.pop("event_id", "") or uuid4().hex
        event = Event(lead_id=lead_id, kind=kind, event_id=event_id, **said)
        try:
            (result,) = self.record_events([event], timeout=timeout).results
        except LeadlineError as problem:
            problem.request_id = event_id
            raise
        if result.error is not None:
            result.error.request_id = event_id
            raise result.error
        return result
