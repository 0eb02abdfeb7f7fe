"""Stored conversations on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leadline.v1 import conversation_pb2
from leadline.v1 import intelligence_service_pb2 as pb

from core.conversation.analysis import LONGEST_CONVERSATION_ID
from core.conversation.kinds import Role
from core.conversation.message import Message
from core.errors import InvalidInput
from core.identifiers import LeadId, TenantId, check_identifier
from core.paging import decode_page_token, encode_page_token, page_limit, page_token_error
from core.ports import Page
from server.convert.times import time_to_wire

_LIST = "conversation"
_ROLES = {
    Role.LEAD: conversation_pb2.MESSAGE_ROLE_LEAD,
    Role.AGENT: conversation_pb2.MESSAGE_ROLE_AGENT,
    Role.SYSTEM: conversation_pb2.MESSAGE_ROLE_SYSTEM,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPage:
    """Which page of which conversation is asked for."""

    lead_id: LeadId
    conversation_id: str
    limit: int
    token: str

    def after(self, tenant: TenantId) -> int:
        """Return the index to go on after; -1 for the first page.

        Raises:
            InvalidInput: If the token is not one of this list.
        """
        key = decode_page_token(self.token, tenant, _LIST, self._filters)
        if key is None:
            return -1
        if not (key.isascii() and key.isdecimal() and len(key) < 10):  # noqa: PLR2004  digits
            raise page_token_error()
        return int(key)

    def next_token(self, tenant: TenantId, key: str | None) -> str:
        """Return the token of the page after ``key``."""
        return encode_page_token(tenant, _LIST, self._filters, key)

    @property
    def _filters(self) -> Mapping[str, str]:
        return {"lead_id": self.lead_id, "conversation_id": self.conversation_id}


def stored_page_from_wire(request: pb.GetConversationRequest) -> StoredPage:
    """Return what is asked for.

    Raises:
        InvalidInput: If an id is malformed, or the page size below 0.
    """
    return StoredPage(
        lead_id=LeadId(check_identifier(request.lead_id, "lead_id")),
        conversation_id=_conversation_id(request.conversation_id),
        limit=page_limit(request.page_size),
        token=request.page_token,
    )


def _conversation_id(text: str) -> str:
    if not 1 <= len(text) <= LONGEST_CONVERSATION_ID or "\x00" in text:
        raise InvalidInput.of("conversation_id", f"must be 1 to {LONGEST_CONVERSATION_ID} characters without NUL")
    return text


def stored_page_to_wire(page: Page[Message], next_token: str) -> pb.GetConversationResponse:
    """Return a page as an answer."""
    return pb.GetConversationResponse(messages=map(_message, page.items), next_page_token=next_token)


def _message(message: Message) -> conversation_pb2.ConversationMessage:
    return conversation_pb2.ConversationMessage(
        message_id=message.message_id,
        role=_ROLES[message.role],
        text=message.text,
        send_time=None if message.send_time is None else time_to_wire(message.send_time),
    )
