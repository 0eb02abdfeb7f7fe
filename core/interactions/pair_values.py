"""The sums of a lead and an item: as stored, and brought up to date from the log."""

from __future__ import annotations

from core.deadline import check
from core.features.streams.declaration import StreamPlan
from core.features.streams.live import StateOutdated, StreamState
from core.identifiers import TenantId
from core.interactions.store import InteractionStore, Pair, StoredPair

PAGE = 5_000
"""Events that are read at once."""


def restored(plan: StreamPlan, stored: StoredPair | None) -> StreamState | None:
    """Return stored sums; None if they are damaged, of another plan, or not there."""
    if stored is None or stored.plan_hash != plan.hash:
        return None
    try:
        return StreamState.from_bytes(plan, stored.state)
    except StateOutdated:
        return None


def bring_up(store: InteractionStore, tenant: TenantId, pair: Pair, state: StreamState) -> int:
    """Add every event that the log has of a pair beyond the head of its sums.

    Returns:
        When the newest of them was recorded, microseconds since 1970 UTC; 0 if there were none.

    Raises:
        DependencyDown: If the store cannot be read.
        DeadlineSpent: If the call's time does not suffice.
    """
    newest_us = 0
    while True:
        page = store.pair_events(tenant, pair, after=state.head, limit=PAGE)
        for event in page:
            state.add(event)
            newest_us = event.recorded_us
        if len(page) < PAGE:
            return newest_us
        check()
