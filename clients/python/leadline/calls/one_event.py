"""What the methods for single events share."""

from __future__ import annotations

from typing import Any, Protocol

from leadline.event import EventKind, EventResult


class OneEvent(Protocol):
    """Records one event."""

    def _record_one(self, kind: EventKind, lead_id: str, **said: Any) -> EventResult:
        """Record an event of a kind.

        Args:
            kind: What happened.
            lead_id: To or by whom.
            said: Other fields of :class:`leadline.event.Event`, and ``timeout``.

        Returns:
            That it was recorded, now or before.

        Raises:
            LeadlineError: If it was refused, or the call failed. ``request_id`` of it is the id of the event: with
                it as ``event_id`` the call can be repeated, and nothing counts twice.
        """
