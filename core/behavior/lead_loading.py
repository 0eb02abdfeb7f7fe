"""Reads what is kept of a lead from the store: the newest copy, and the events after it."""

from __future__ import annotations

from collections.abc import Iterable

from core.behavior.event_log import EventReader
from core.behavior.lead_history import LeadHistory, LeadKeeping
from core.behavior.state_store import StateStore
from core.deadline import check
from core.event import Event
from core.identifiers import LeadId, TenantId

FEW_EVENTS = 200
"""A lead with no more events is worked out from them all: one question to the store."""
PAGE = 5_000
"""Events that are read at once."""


class LeadLoader:
    """Reads leads.

    Args:
        events: The log.
        states: Copies of what it says.
        keeping: What is kept of a lead.
    """

    def __init__(self, events: EventReader, states: StateStore, keeping: LeadKeeping) -> None:
        self.keeping = keeping
        self._events = events
        self._states = states

    def begin(self, tenant: TenantId, lead_id: LeadId) -> tuple[LeadHistory | None, bool]:
        """Return a lead as of some event, None if it has no events at all, and whether that is all of it.

        Raises:
            DependencyDown: If the store cannot be read.
        """
        first = self._events.of_lead(tenant, lead_id, limit=FEW_EVENTS + 1)
        if not first:
            return None, True
        is_all = len(first) <= FEW_EVENTS
        snapshot = None if is_all else self._states.get(tenant, lead_id)
        restored = None if snapshot is None else self.keeping.restore(snapshot)
        if restored is not None:
            return restored, False
        history = self.keeping.new()
        _add(history, first)
        if is_all:
            # So few are read again in no time: they need no copy.
            history.unsaved = 0
        return history, is_all

    def bring_up(self, tenant: TenantId, lead_id: LeadId, history: LeadHistory, *, most: int | None = None) -> bool:
        """Add every event that the log has of the lead beyond the head.

        What was added stays when it ends early: the next time goes on from there.

        Args:
            tenant: Whose lead it is.
            lead_id: The lead.
            history: Changed in place.
            most: Stop after so many events, rounded up to whole pages; None: do not.

        Returns:
            Whether it came to the end of the log.

        Raises:
            DeadlineSpent: If the call's time does not suffice.
            DependencyDown: If the store cannot be read.
        """
        added = 0
        while most is None or added < most:
            page = self._events.of_lead(tenant, lead_id, after=history.head, limit=PAGE)
            _add(history, page)
            added += len(page)
            if len(page) < PAGE:
                return True
            check()
        return False


def _add(history: LeadHistory, events: Iterable[Event]) -> None:
    for event in events:
        history.add(event)
