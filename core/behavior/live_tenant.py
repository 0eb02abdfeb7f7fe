"""How far this process has followed the log of a tenant, and the leads of it that are in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from core.behavior.event_log import LogHead
from core.behavior.live_entry import LiveEntry
from core.event import Event
from core.identifiers import LeadId


class LiveTenant:
    """The leads of one tenant that are in memory.

    What holds at any time: every event up to ``followed`` has been handed over to the entry of its lead, or the entry
    knows that it is behind, or the entry was made later and reads the log from then on. So an entry that adds what it
    is handed, in order, misses nothing: an event is handed over only right after all those before it.

    Args:
        head: Of the log, read before there is any entry.

    Attributes:
        followed: Sequence of the newest event that was handed over.
        erasures: How often a lead had been erased at ``head``.
        entries: By lead.
    """

    __slots__ = ("_lock", "entries", "erasures", "followed")

    def __init__(self, head: LogHead) -> None:
        self.followed = head.sequence
        self.erasures = head.erasures
        self.entries: dict[LeadId, LiveEntry] = {}
        self._lock = threading.Lock()

    def recorded(self, events: Sequence[Event]) -> list[LiveEntry]:
        """Take events that this process has just recorded, of one transaction.

        If they follow right upon what was handed over, they are handed over too. If others come before them, which
        another process recorded, their leads read the log before they are next told of: to hand them over now would
        leave a gap.

        Returns:
            Leads of which so much waits that somebody should add it.
        """
        with self._lock:
            if events[0].sequence == self.followed + 1:
                return self._hand_over(events)
            for event in events:
                entry = self.entries.get(LeadId(event.lead_id)) if event.sequence > self.followed else None
                if entry is not None:
                    entry.fall_behind()
            return []

    def follow(self, events: Sequence[Event], *, end: int | None = None) -> list[LiveEntry]:
        """Take the events that the log has after ``followed``, as it was when they were asked for.

        Args:
            events: All of them, from the first one on, by sequence.
            end: A sequence up to which there are no more than these, even if the last of them is below it.

        Returns:
            As :meth:`recorded`.
        """
        with self._lock:
            waiting = self._hand_over([event for event in events if event.sequence > self.followed])
            self.followed = max(self.followed, end or 0)
            return waiting

    def _hand_over(self, events: Sequence[Event]) -> list[LiveEntry]:
        full = []
        for event in events:
            entry = self.entries.get(LeadId(event.lead_id))
            if entry is not None and entry.hand_over(event) == ENOUGH:
                full.append(entry)
            self.followed = event.sequence
        return full


ENOUGH = 200
"""Events that wait before somebody is asked to add them though nobody reads the lead."""
