"""Stored conversations: what the store of them promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from core.conversation.message import Message
from core.identifiers import LeadId, TenantId
from core.ports import Page


class ConversationName(NamedTuple):
    """Which conversation."""

    tenant: TenantId
    lead_id: LeadId
    conversation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptConversation:
    """A conversation to be stored."""

    name: ConversationName
    messages: Sequence[Message]
    """All of it, oldest first."""
    keep_time: datetime
    """When it was sent: a lead that is known only since then is another one of the same id."""


class ConversationStore(Protocol):
    """Keeps conversations so that nobody without the operator's key can read them."""

    def store(self, kept: Sequence[KeptConversation]) -> int:
        """Write conversations in the place of what is stored of them, and return how many messages were written.

        Of a lead that was erased since, nothing is.

        Raises:
            DependencyDown: If the database does not work.
        """

    def page(self, name: ConversationName, *, limit: int, after: int) -> Page[Message]:
        """Return up to ``limit`` messages after the index ``after`` (-1: from the first on), oldest first.

        Raises:
            NotFound: If nothing of it is stored.
            WrongState: CONVERSATION_KEY_UNKNOWN if the lead's key is locked with none of the operator's keys;
                CONVERSATION_DAMAGED if a message is not what was written.
        """
