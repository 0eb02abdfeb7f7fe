"""Keeping what was said, for the tenants who want that, off the response path."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.conversation.analysis import SentMessages
from core.conversation.stored import ConversationName, ConversationStore, KeptConversation
from core.errors import DeadlineSpent, DependencyDown
from core.identifiers import LeadId, TenantId
from core.ports import Clock

EVERYBODY = "*"
"""Among the tenants who store: all of them."""
MOST_WAITING = 10_000
"""Conversations that wait to be stored."""
MOST_WAITING_BYTES = 32 * 2**20
"""Of all of them together, as they were sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingConversation:
    """A conversation as it was sent: its messages are taken out when they are written, which nobody waits for."""

    name: ConversationName
    sent: SentMessages
    keep_time: datetime

    @property
    def size_bytes(self) -> int:
        """What it counts."""
        return len(self.sent.content)

    @property
    def kept(self) -> KeptConversation:
        """What is to be stored."""
        return KeptConversation(name=self.name, messages=self.sent.since(0), keep_time=self.keep_time)


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
        self._waiting: dict[ConversationName, WaitingConversation] = {}
        self._bytes = 0

    def put(self, new: WaitingConversation) -> bool:
        """Let one wait, and return whether nothing of it waited yet; returns at once."""
        with self._lock:
            before = self._waiting.pop(new.name, None)
            self._put(new)
            self._bytes -= 0 if before is None else before.size_bytes
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
            taken = [one for name in dict.fromkeys(names) if (one := self._waiting.pop(name, None)) is not None]
            self._bytes -= sum(one.size_bytes for one in taken)
        try:
            return self._store.store([one.kept for one in taken])
        except (DependencyDown, DeadlineSpent):
            with self._lock:
                for one in taken:
                    if one.name not in self._waiting:  # else something newer waits
                        self._put(one)
            raise

    def _put(self, new: WaitingConversation) -> None:
        self._waiting[new.name] = new
        self._bytes += new.size_bytes

    def _make_room(self) -> int:
        lost = 0
        while len(self._waiting) > MOST_WAITING or (self._bytes > MOST_WAITING_BYTES and len(self._waiting) > 1):
            self._bytes -= self._waiting.pop(next(iter(self._waiting))).size_bytes
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

    def keep(self, tenant: TenantId, lead_id: LeadId, conversation_id: str, sent: SentMessages) -> None:
        """Have a conversation stored, if its tenant stores them and it has a lead and a name; returns at once.

        Args:
            tenant: Whose it is.
            lead_id: Whom it is with: stored, or one with events.
            conversation_id: The caller's name of it.
            sent: All of it, which holds no message that is not valid; not changed from now on.
        """
        if not (lead_id and conversation_id and self.stores(tenant)):
            return
        name = ConversationName(tenant, lead_id, conversation_id)
        if self._waiting.put(WaitingConversation(name=name, sent=sent, keep_time=self._clock())):
            self._offer(name)
