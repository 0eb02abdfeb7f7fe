"""What analyses said a moment ago, before the store knows it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from core.conversation.facts_store import MOST_CONVERSATIONS, ConversationFacts, NewFacts, StoredFacts
from core.identifiers import LeadId, TenantId

MOST_WAITING = 20_000
"""Leads whose conversations are remembered while they wait; of each as many as count."""


class UnwrittenFacts:
    """Facts on their way to the store; what an analysis said shows in this process at once.

    Implements :class:`core.conversation.facts_store.ConversationFacts`.

    Args:
        store: Where they go.
        offer: Takes them there; must return at once.
    """

    def __init__(self, store: ConversationFacts, offer: Callable[[NewFacts], object]) -> None:
        self._store = store
        self._offer = offer
        self._lock = threading.Lock()
        self._waiting: dict[tuple[TenantId, LeadId], dict[str, StoredFacts]] = {}

    def add(self, new: NewFacts) -> None:
        """Take in what an analysis said."""
        with self._lock:
            of_lead = self._waiting.setdefault((new.tenant, new.stored.lead_id), {})
            of_lead.pop(new.stored.conversation_id, None)
            of_lead[new.stored.conversation_id] = new.stored
            if len(of_lead) > MOST_CONVERSATIONS:
                del of_lead[next(iter(of_lead))]
            while len(self._waiting) > MOST_WAITING:
                del self._waiting[next(iter(self._waiting))]
        self._offer(new)

    def written(self, batch: Sequence[NewFacts]) -> None:
        """Forget what the store knows now."""
        with self._lock:
            for new in batch:
                key = (new.tenant, new.stored.lead_id)
                of_lead = self._waiting.get(key, {})
                if of_lead.get(new.stored.conversation_id) is new.stored:
                    del of_lead[new.stored.conversation_id]
                if not of_lead:
                    self._waiting.pop(key, None)

    def of_lead(self, tenant: TenantId, lead_id: LeadId) -> Sequence[StoredFacts]:
        """Return what was said of a lead; see the port."""
        with self._lock:
            waiting = dict(self._waiting.get((tenant, lead_id), {}))
        stored = self._store.of_lead(tenant, lead_id)
        if not waiting:
            return stored
        known = {one.conversation_id: one for one in stored} | waiting
        newest_first = sorted(known.values(), key=lambda one: (one.recency, one.update_time), reverse=True)
        return newest_first[:MOST_CONVERSATIONS]
