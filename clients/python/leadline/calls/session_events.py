"""One method for each thing a lead does on the way to items."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol, Unpack

from leadline.calls.one_event import OneEvent
from leadline.event import EventContext, EventDetails, EventKind, EventResult


class SessionEvents(OneEvent, Protocol):
    """Searches and sessions of leads. Each records one event, and raises if it is refused."""

    def search_performed(self, lead_id: str, query: str = "", **details: Unpack[EventDetails]) -> EventResult:
        """Record that the lead searched; ``query`` says for what."""
        return self._record_one(EventKind.SEARCH_PERFORMED, lead_id, query=query, **details)

    def filter_applied(self, lead_id: str, query: str = "", **details: Unpack[EventDetails]) -> EventResult:
        """Record that the lead narrowed a list; ``query`` says how."""
        return self._record_one(EventKind.FILTER_APPLIED, lead_id, query=query, **details)

    def search_refined(self, lead_id: str, query: str = "", **details: Unpack[EventDetails]) -> EventResult:
        """Record that the lead searched again, more closely."""
        return self._record_one(EventKind.SEARCH_REFINED, lead_id, query=query, **details)

    def session_started(self, lead_id: str, **details: Unpack[EventDetails]) -> EventResult:
        """Record that a session began; ``session_id`` says which."""
        return self._record_one(EventKind.SESSION_STARTED, lead_id, **details)

    def session_ended(
        self, lead_id: str, *, duration: timedelta | None = None, **context: Unpack[EventContext]
    ) -> EventResult:
        """Record that a session ended; ``duration`` says how long it was."""
        return self._record_one(EventKind.SESSION_ENDED, lead_id, duration=duration, **context)
