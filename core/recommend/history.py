"""What a lead did, as recommenders see it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakKeyDictionary

from core.behavior.lead_history import LeadFold, LeadHistory
from core.behavior.live import LiveLeads
from core.identifiers import LeadId, TenantId
from core.recommend.interaction import Interaction
from core.recommend.lead_fold import InteractionFold


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHistory:
    """What is known of a lead."""

    interactions: Sequence[Interaction]
    """One for each item, oldest first."""
    up_to_sequence: int
    """Of the newest event in it; 0 without one."""


NOTHING_KNOWN = KnownHistory(interactions=(), up_to_sequence=0)
"""Of a lead without events."""


class HistoryReader(Protocol):
    """Reads histories, up to the newest event."""

    def history(self, tenant: TenantId, lead_id: LeadId) -> KnownHistory:
        """Return what is known of a lead; nothing for one without events.

        Raises:
            DependencyDown: If it has to be read and the store does not work.
        """


class LiveHistories:
    """Reads what this process keeps of leads: an event that it recorded counts at once.

    Implements :class:`HistoryReader`.

    Args:
        live: Keeps leads, each with an :class:`core.recommend.lead_fold.InteractionFold`.
    """

    def __init__(self, live: LiveLeads) -> None:
        self._live = live
        self._summed: WeakKeyDictionary[LeadFold, KnownHistory] = WeakKeyDictionary()
        """What a fold came to: most leads are asked for more often than they do something. It goes with the fold."""
        self._lock = threading.Lock()

    def history(self, tenant: TenantId, lead_id: LeadId) -> KnownHistory:
        """Return what is known of a lead."""
        return self._live.read(tenant, lead_id, self._known)

    def _known(self, history: LeadHistory | None) -> KnownHistory:
        if history is None or not isinstance(history.fold, InteractionFold):
            return NOTHING_KNOWN
        with self._lock:
            known = self._summed.get(history.fold)
        if known is None or known.up_to_sequence != history.head:
            known = KnownHistory(interactions=history.fold.interactions(), up_to_sequence=history.head)
            with self._lock:
                self._summed[history.fold] = known
        return known
