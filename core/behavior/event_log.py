"""The log of events, as the domain sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from core.caller import Caller
from core.errors import LeadlineError
from core.event import Event
from core.identifiers import LeadId, TenantId
from core.ports import Page

MAX_EVENTS = 500
"""Of one request."""


class EventStatus(StrEnum):
    """What became of an event that was sent."""

    RECORDED = "recorded"
    CLOCK_ADJUSTED = "clock_adjusted"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class EventResult:
    """What became of one event of a request."""

    status: EventStatus
    error: LeadlineError | None = None
    """Why it was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvents:
    """What became of a request."""

    results: Sequence[EventResult]
    """In the order of the request."""
    recorded: Sequence[Event]
    """Those that are on disk now and were not before, by sequence."""
    recorded_us: int


@dataclass(frozen=True, slots=True)
class LogHead:
    """How far a tenant's log has come."""

    sequence: int
    recorded_us: int
    erasures: int
    """How often a lead was erased: whoever holds something made of events starts anew when it rises."""


class EventReader(Protocol):
    """Reads the log. Events are visible in the order of their sequence: who has seen one has seen all before it."""

    def heads(self) -> Mapping[TenantId, LogHead]:
        """Return the head of every tenant that has events, or erased a lead."""

    def head(self, tenant: TenantId) -> LogHead:
        """Return the head of one tenant; zeros without events."""

    def since(self, tenant: TenantId, sequence: int, limit: int) -> Sequence[Event]:
        """Return up to ``limit`` events above ``sequence``, by sequence."""

    def of_lead(
        self, tenant: TenantId, lead_id: LeadId, *, after: int = 0, limit: int | None = None, newest: bool = False
    ) -> Sequence[Event]:
        """Return events of a lead above the sequence ``after``, by sequence.

        With ``limit`` the oldest of them, or with ``newest`` the newest.
        """

    def of_leads(self, tenant: TenantId, lead_ids: Sequence[LeadId], *, until_us: int) -> Iterator[Event]:
        """Yield the events of many leads that were recorded before a moment, by lead and sequence."""

    def all(self, tenant: TenantId, *, since_us: int = 0) -> Iterator[Event]:
        """Yield all events that were recorded at a moment or later, by sequence, without holding them all."""


class EventLog(EventReader, Protocol):
    """Keeps the log."""

    def append(self, caller: Caller, request_id: str, events: Sequence[Event | LeadlineError]) -> RecordedEvents:
        """Record events in one transaction: all that can be, each once.

        Args:
            caller: Who sends them. A seller's events are about own leads only.
            request_id: Idempotency key, "" where the ids of the events alone decide.
            events: As they were sent, ``sequence`` 0 and ``recorded_us`` 0; ``occurred_us`` 0: when it is recorded.
                An error stands for an event that could not be read, and is passed through in its place.

        Raises:
            InvalidInput: If there are none or more than 500.
            AlreadyExists: If ``request_id`` was used for another body.
        """

    def page(self, caller: Caller, lead_id: LeadId, *, limit: int, after: str | None) -> Page[Event]:
        """Return up to ``limit`` events of a lead, newest first, after a page key.

        Raises:
            NotFound: If the lead is another seller's.
        """
