"""One method for each thing that happens between a lead and those who serve it."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol, Unpack

from leadline.calls.one_event import OneEvent
from leadline.event import EventContext, EventDetails, EventKind, EventResult


class ContactEvents(OneEvent, Protocol):
    """What happens between leads and agents. Each records one event, and raises if it is refused."""

    def inquiry_sent(self, lead_id: str, item_id: str = "", **details: Unpack[EventDetails]) -> EventResult:
        """Record that the lead asked about an item, or in general."""
        return self._record_one(EventKind.INQUIRY_SENT, lead_id, item_id=item_id, **details)

    def message_sent(self, lead_id: str, item_id: str = "", **details: Unpack[EventDetails]) -> EventResult:
        """Record that the lead sent a message."""
        return self._record_one(EventKind.MESSAGE_SENT, lead_id, item_id=item_id, **details)

    def message_opened(self, lead_id: str, item_id: str = "", **details: Unpack[EventDetails]) -> EventResult:
        """Record that the lead opened a message it got."""
        return self._record_one(EventKind.MESSAGE_OPENED, lead_id, item_id=item_id, **details)

    def link_clicked(self, lead_id: str, item_id: str = "", **details: Unpack[EventDetails]) -> EventResult:
        """Record that the lead followed a link."""
        return self._record_one(EventKind.LINK_CLICKED, lead_id, item_id=item_id, **details)

    def viewing_scheduled(self, lead_id: str, item_id: str = "", **details: Unpack[EventDetails]) -> EventResult:
        """Record that the lead made an appointment to see an item."""
        return self._record_one(EventKind.VIEWING_SCHEDULED, lead_id, item_id=item_id, **details)

    def viewing_cancelled(self, lead_id: str, item_id: str = "", **details: Unpack[EventDetails]) -> EventResult:
        """Record that an appointment was called off."""
        return self._record_one(EventKind.VIEWING_CANCELLED, lead_id, item_id=item_id, **details)

    def viewing_completed(self, lead_id: str, item_id: str = "", **details: Unpack[EventDetails]) -> EventResult:
        """Record that the lead saw an item."""
        return self._record_one(EventKind.VIEWING_COMPLETED, lead_id, item_id=item_id, **details)

    def booking_requested(self, lead_id: str, item_id: str = "", **details: Unpack[EventDetails]) -> EventResult:
        """Record that the lead asked to book."""
        return self._record_one(EventKind.BOOKING_REQUESTED, lead_id, item_id=item_id, **details)

    def booking_completed(
        self, lead_id: str, item_id: str = "", *, value: float | None = None, **details: Unpack[EventDetails]
    ) -> EventResult:
        """Record that a booking was made; ``value`` says what it is worth."""
        return self._record_one(EventKind.BOOKING_COMPLETED, lead_id, item_id=item_id, value=value, **details)

    def agent_contacted(
        self,
        lead_id: str,
        agent_id: str,
        *,
        reached: bool,
        duration: timedelta | None = None,
        **context: Unpack[EventContext],
    ) -> EventResult:
        """Record that an agent got in touch with the lead, whether or not the lead was reached."""
        return self._record_one(
            EventKind.AGENT_CONTACTED, lead_id, agent_id=agent_id, positive=reached, duration=duration, **context
        )

    def outcome_recorded(
        self, lead_id: str, *, converted: bool, value: float | None = None, **details: Unpack[EventDetails]
    ) -> EventResult:
        """Record how it ended, for reports on agents. What models learn from are outcomes of leads and feedback."""
        return self._record_one(EventKind.OUTCOME_RECORDED, lead_id, positive=converted, value=value, **details)
