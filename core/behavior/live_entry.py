"""One lead in the memory of this process."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from core.behavior.lead_history import LeadHistory
from core.event import Event
from core.identifiers import LeadId, TenantId

MOST_WAITING = 1_000
"""Events that wait in memory for someone to read the lead; more are let go and read from the log."""

EMPTY_SIZE = 1_000
"""Bytes of a lead without events."""


class LiveEntry:
    """A lead in memory: what was worked out, and events that are still to be added.

    Whoever follows the log hands events over and never waits: adding them is left to who reads the lead, and to who
    stores copies.

    Attributes:
        tenant: Whose lead it is.
        lead_id: The lead.
        erasures: How often a lead of the tenant had been erased when this one was first looked for.
        lock: Held by who reads or changes ``history`` and ``is_loaded``.
        history: What was worked out; None before it was read, and for a lead without events.
        is_loaded: Whether the log was read to its end once. Before that ``history`` ends somewhere.
        measured: Events that had been added to ``history`` when it was last measured, rounded up.
        size: About how many bytes it takes.
        used: When it was last asked for, in seconds of a monotonic clock.
        is_queued: Whether it waits to be stored.
    """

    __slots__ = (
        "_is_behind",
        "_mutex",
        "_waiting",
        "erasures",
        "history",
        "is_loaded",
        "is_queued",
        "lead_id",
        "lock",
        "measured",
        "size",
        "tenant",
        "used",
    )

    def __init__(self, tenant: TenantId, lead_id: LeadId, erasures: int, used: float) -> None:
        self.tenant = tenant
        self.lead_id = lead_id
        self.erasures = erasures
        self.lock = threading.Lock()
        self.history: LeadHistory | None = None
        self.is_loaded = False
        self.is_queued = False
        self.measured = 0
        self.size = EMPTY_SIZE
        self.used = used
        self._mutex = threading.Lock()
        self._waiting: list[Event] = []
        self._is_behind = False

    def hand_over(self, event: Event) -> int:
        """Take the lead's next event, in the order of the log; return how many wait."""
        with self._mutex:
            if self._is_behind:
                return 0
            self._waiting.append(event)
            if len(self._waiting) > MOST_WAITING:
                self._fall_behind()
            return len(self._waiting)

    def fall_behind(self) -> None:
        """Note that the log has events of the lead that nobody will hand over."""
        with self._mutex:
            self._fall_behind()

    def take(self) -> Sequence[Event] | None:
        """Return the events that wait, which are then the caller's; None: read the log instead, from the head on."""
        with self._mutex:
            waiting, self._waiting = self._waiting, []
            is_behind, self._is_behind = self._is_behind, False
        return None if is_behind else waiting

    def _fall_behind(self) -> None:
        self._is_behind = True
        self._waiting = []
