"""Keeping what was said, for the tenants who want that, off the response path."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence

from core.conversation.message import Message
from core.conversation.stored import ConversationName, ConversationStore, KeptConversation
from core.errors import DeadlineSpent, DependencyDown
from core.identifiers import LeadId, TenantId
from core.ports import Clock

EVERYBODY = "*"
"""Among the tenants who store: all of them."""
MOST_WAITING = 10_000
"""Conversations that wait to be stored."""
MOST_WAITING_CHARACTERS = 16_000_000
"""Code points of all of them together: sixteen of the longest."""


class WaitingConversations:
    """Conversations that wait to be stored: what was sent last of one takes the place of what still waits.

    What finds no room pushes out what has waited longest; it comes again with the next message.

    Args:
        store: Where they go.
        on_lost: Told how many were pushed out.
    """

    def __init__(self, store: ConversationStore, on_lost: Callable[[int], object]) -> None:
        self._store = store
        self._on_lost = on_lost
        self._lock = threading.Lock()
        self._waiting: dict[ConversationName, KeptConversation] = {}
        self._characters = 0

    def put(self, kept: KeptConversation) -> bool:
        """Let one wait, and return whether nothing of it waited yet; returns at once."""
        with self._lock:
            before = self._waiting.pop(kept.name, None)
            self._put(kept)
            self._characters -= _length(before)
            lost = self._make_room()
        if lost:
            self._on_lost(lost)
        return before is None

    def write(self, names: Sequence[ConversationName]) -> int:
        """Store what waits under these names, and return how many messages were written.

        Raises:
            DependencyDown: If the database does not work; what was to be written waits on.
            DeadlineSpent: As DependencyDown.
        """
        with self._lock:
            taken = [kept for name in dict.fromkeys(names) if (kept := self._waiting.pop(name, None)) is not None]
            self._characters -= sum(map(_length, taken))
        try:
            return self._store.store(taken)
        except (DependencyDown, DeadlineSpent):
            with self._lock:
                for kept in taken:
                    if kept.name not in self._waiting:  # else something newer waits
                        self._put(kept)
            raise

    def _put(self, kept: KeptConversation) -> None:
        self._waiting[kept.name] = kept
        self._characters += _length(kept)

    def _make_room(self) -> int:
        lost = 0
        while len(self._waiting) > MOST_WAITING or (
            self._characters > MOST_WAITING_CHARACTERS and len(self._waiting) > 1
        ):
            self._characters -= _length(self._waiting.pop(next(iter(self._waiting))))
            lost += 1
        return lost


class ConversationKeeping:
    """Has conversations stored.

    Args:
        tenants: Whose; ``*`` for everybody's.
        waiting: Where they wait.
        offer: Takes the name of one that waits, to be written; must return at once.
        clock: The present moment.
    """

    def __init__(
        self,
        tenants: Collection[str],
        waiting: WaitingConversations,
        offer: Callable[[ConversationName], object],
        clock: Clock,
    ) -> None:
        self._tenants = frozenset(tenants)
        self._waiting = waiting
        self._offer = offer
        self._clock = clock

    def stores(self, tenant: TenantId) -> bool:
        """Return whether a tenant stores its conversations."""
        return EVERYBODY in self._tenants or tenant in self._tenants

    def keep(self, tenant: TenantId, lead_id: LeadId, conversation_id: str, messages: Sequence[Message]) -> None:
        """Have a conversation stored, if its tenant stores them and it has a lead and a name; returns at once.

        Args:
            tenant: Whose it is.
            lead_id: Whom it is with: stored, or one with events.
            conversation_id: The caller's name of it.
            messages: All of it, oldest first; not changed from now on.
        """
        # PostgreSQL holds no NUL: under such a name nothing can be stored, and it should not hold up the others.
        if not (lead_id and conversation_id and self.stores(tenant)) or "\x00" in conversation_id:
            return
        name = ConversationName(tenant, lead_id, conversation_id)
        if self._waiting.put(KeptConversation(name=name, messages=messages, keep_time=self._clock())):
            self._offer(name)


def _length(kept: KeptConversation | None) -> int:
    return 0 if kept is None else sum(len(message.text) for message in kept.messages)
