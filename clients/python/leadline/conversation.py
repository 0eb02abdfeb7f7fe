"""What was said: the messages of a conversation, and places in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class MessageRole(Enum):
    """Who wrote a message."""

    LEAD = "lead"
    AGENT = "agent"
    """Somebody of the business, or its assistant."""
    SYSTEM = "system"
    """Software: notices that nobody said. Not analysed."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationMessage:
    """One message."""

    text: str
    """1 to 10,000 characters."""
    role: MessageRole = MessageRole.LEAD
    send_time: datetime | None = None
    """Aware; None: when the message before it was sent."""
    message_id: str = ""
    """Your name for it, at most 128 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSpan:
    """Words that show something: ``messages[message_index].text[start:end]``."""

    message_index: int
    start: int
    end: int
    text: str
