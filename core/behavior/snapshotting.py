"""Stores copies of leads with many events before anybody asks for them."""

from __future__ import annotations

from dataclasses import dataclass

from core.behavior.event_log import EventReader
from core.behavior.lead_loading import FEW_EVENTS, LeadLoader
from core.behavior.state_store import StateStore
from core.identifiers import LeadId, TenantId

STORE_EVERY = 100_000
"""Events after which a copy is stored while a large lead is read: who is stopped goes on from there."""


@dataclass(frozen=True, slots=True)
class SnapshotReport:
    """What was done."""

    leads: int
    """Of which a copy was stored."""
    up_to_sequence: int
    """Up to where the log was looked at."""


class SnapshotLeads:
    """Stores a copy of every lead that got many events since the last time.

    Args:
        events: The log.
        states: Where copies go.
        loader: Reads leads; keeps of them what the servers keep.
    """

    def __init__(self, events: EventReader, states: StateStore, loader: LeadLoader) -> None:
        self._events = events
        self._states = states
        self._loader = loader

    def run(self, tenant: TenantId) -> SnapshotReport:
        """Store copies for one tenant. May be stopped at any time and run by several at once.

        Raises:
            DependencyDown: If the store does not work.
        """
        head, start = self._events.head(tenant), self._states.cursor(tenant)
        leads = self._states.busy_leads(tenant, after=start, until=head.sequence, least=FEW_EVENTS)
        stored = sum(self._store(tenant, lead_id, head.erasures) for lead_id in leads)
        if self._events.head(tenant).erasures != head.erasures:
            # A lead was erased meanwhile, and from then on no copy was taken: the next run looks at these leads again.
            return SnapshotReport(stored, start)
        self._states.move_cursor(tenant, head.sequence)
        return SnapshotReport(stored, head.sequence)

    def _store(self, tenant: TenantId, lead_id: LeadId, erasures: int) -> bool:
        history, is_all = self._loader.begin(tenant, lead_id)
        if history is None or is_all:
            return False
        while not is_all:
            is_all = self._loader.bring_up(tenant, lead_id, history, most=STORE_EVERY)
            if not self._states.save(tenant, [history.snapshot(lead_id)], erasures=erasures):
                return False
        return True
