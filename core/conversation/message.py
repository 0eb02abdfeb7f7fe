"""A conversation as the caller sends it: built valid or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from core.conversation.kinds import Role
from core.errors import InvalidInput, Violation
from core.lead import EARLIEST, LATEST

MOST_MESSAGES = 5_000
MOST_CHARACTERS = 1_000_000
"""Code points of all messages together."""
LONGEST_MESSAGE = 10_000
"""Code points."""
LONGEST_MESSAGE_ID = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message.

    Raises:
        InvalidInput: On construction; names every broken field.
    """

    # Not in its repr: it could reach a log with an error.
    text: str = field(repr=False)
    role: Role = Role.LEAD
    message_id: str = ""
    send_time: datetime | None = None
    """Aware, between 1970 and 2100."""

    def __post_init__(self) -> None:
        if (
            0 < len(self.text) <= LONGEST_MESSAGE
            and len(self.message_id) <= LONGEST_MESSAGE_ID
            and (self.send_time is None or EARLIEST <= self.send_time < LATEST)
        ):
            return
        found = []
        if not 0 < len(self.text) <= LONGEST_MESSAGE:
            found.append(Violation(field="text", rule=f"must be 1 to {LONGEST_MESSAGE:,} characters"))
        if len(self.message_id) > LONGEST_MESSAGE_ID:
            found.append(Violation(field="message_id", rule=f"must be at most {LONGEST_MESSAGE_ID} characters"))
        if self.send_time is not None and not EARLIEST <= self.send_time < LATEST:
            found.append(Violation(field="send_time", rule="must be between 1970 and 2100"))
        raise InvalidInput(found)
