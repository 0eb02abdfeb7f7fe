"""A message as JSON, as it is locked away."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from core.conversation.kinds import Role
from core.conversation.message import LONGEST_MESSAGE, Message


def message_to_json(message: Message, mask: Callable[[str], str]) -> bytes:
    """Return a message as JSON; what is not known is left out.

    Args:
        message: It.
        mask: What is made of its text. Masks may be longer than what they hide: what is too long then is cut off.
    """
    content = {"text": mask(message.text)[:LONGEST_MESSAGE], "role": message.role.value}
    if message.message_id:
        content["message_id"] = message.message_id
    if message.send_time is not None:
        content["send_time"] = message.send_time.isoformat()
    return json.dumps(content, separators=(",", ":")).encode("ascii")


def message_from_json(content: bytes) -> Message:
    """Return the message that :func:`message_to_json` wrote."""
    parts = json.loads(content)
    sent = parts.get("send_time")
    return Message(
        text=parts["text"],
        role=Role(parts["role"]),
        message_id=parts.get("message_id", ""),
        send_time=None if sent is None else datetime.fromisoformat(sent),
    )
