"""The use case behind GetConversation."""

from __future__ import annotations

from collections.abc import Callable

from core.access.ownership import check_own
from core.caller import Caller
from core.conversation.message import Message
from core.conversation.stored import ConversationName, ConversationStore
from core.errors import NotFound, WrongState
from core.identifiers import LeadId, TenantId
from core.ports import LeadLookup, Page


class ConversationReading:
    """Reads stored conversations.

    Args:
        store: Where they are; None where nobody stores.
        stores: Whether a tenant stores.
        leads: Whose leads are whose.
    """

    def __init__(self, store: ConversationStore | None, stores: Callable[[TenantId], bool], leads: LeadLookup) -> None:
        self._store = store
        self._stores = stores
        self._leads = leads

    def page(self, caller: Caller, lead_id: LeadId, conversation_id: str, *, limit: int, after: int) -> Page[Message]:
        """Return up to ``limit`` messages after the index ``after`` (-1: from the first on), oldest first.

        Raises:
            NotFound: If nothing is stored of it, or the lead is another seller's.
            WrongState: CONVERSATIONS_NOT_STORED if the tenant stores none; else as the store raises it.
            DependencyDown: If the database does not work.
        """
        check_own(caller, self._leads, lead_id)
        name = ConversationName(caller.tenant, lead_id, conversation_id)
        try:
            if self._store is not None:
                return self._store.page(name, limit=limit, after=after)
        except NotFound:
            if self._stores(caller.tenant):
                raise
        raise WrongState("CONVERSATIONS_NOT_STORED", "conversations of this tenant are not stored")
