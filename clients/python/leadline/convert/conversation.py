"""Messages and places in them on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from leadline.conversation import ConversationMessage, EvidenceSpan, MessageRole
from leadline.convert.enums import enum_number, enum_table
from leadline.convert.times import time_from_wire, time_to_wire
from leadline.errors import InvalidRequest, Violation
from leadline.v1 import conversation_pb2 as pb

_ROLES: Final = enum_table(pb.MessageRole.items(), "MESSAGE_ROLE_", MessageRole)


def message_to_wire(message: ConversationMessage, path: str) -> pb.ConversationMessage:
    """Return a message for the wire.

    Raises:
        InvalidRequest: If it has a type or value that the wire cannot carry; names the field below ``path``.
    """
    wire = pb.ConversationMessage(role=pb.MessageRole.ValueType(enum_number(_ROLES, message.role, f"{path}.role")))
    # Never what the message says: errors end up in logs.
    for name, value in (("text", message.text), ("message_id", message.message_id)):
        try:
            setattr(wire, name, value)
        except (TypeError, ValueError):
            raise _wrong(f"{path}.{name}", "must be text that UTF-8 can hold") from None
    try:
        if message.send_time is not None:
            wire.send_time.CopyFrom(time_to_wire(message.send_time))
    except (TypeError, ValueError, AttributeError):
        raise _wrong(f"{path}.send_time", "must be a moment with a time zone") from None
    return wire


def _wrong(field: str, rule: str) -> InvalidRequest:
    return InvalidRequest.of([Violation(field=field, rule=rule)])


def message_from_wire(wire: pb.ConversationMessage) -> ConversationMessage:
    """Return a message from the wire."""
    return ConversationMessage(
        text=wire.text,
        role=role_from_wire(wire.role),
        send_time=time_from_wire(wire.send_time) if wire.HasField("send_time") else None,
        message_id=wire.message_id,
    )


def role_from_wire(number: int) -> MessageRole:
    """Return who wrote a message."""
    return _ROLES.get(number, MessageRole.UNKNOWN)


def span_from_wire(wire: pb.EvidenceSpan) -> EvidenceSpan:
    """Return a place in a message."""
    return EvidenceSpan(message_index=wire.message_index, start=wire.start, end=wire.end, text=wire.text)


def spans_from_wire(wires: Iterable[pb.EvidenceSpan]) -> tuple[EvidenceSpan, ...]:
    """Return places in messages."""
    return tuple(map(span_from_wire, wires))
