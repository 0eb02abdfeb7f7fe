"""Conversations and their analysis."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from leadline.v1 import conversation_pb2 as pb
from leadline.v1 import intelligence_service_pb2

from core.conversation.analysis import Wanted
from core.conversation.kinds import Role
from core.conversation.message import Message
from core.errors import InvalidInput, Violation
from core.identifiers import LeadId
from server.convert.times import time_from_wire

Request = intelligence_service_pb2.AnalyzeRequest

ROLES = {
    pb.MESSAGE_ROLE_UNSPECIFIED: Role.LEAD,
    pb.MESSAGE_ROLE_LEAD: Role.LEAD,
    pb.MESSAGE_ROLE_AGENT: Role.AGENT,
    pb.MESSAGE_ROLE_SYSTEM: Role.SYSTEM,
}
_MOST_VIOLATIONS = 100
"""Broken messages that are named."""


class WireMessages:
    """The messages of a request. Implements :class:`core.conversation.analysis.SentMessages`.

    Args:
        request: Has nothing but messages, of fields that are known; not changed from now on.
    """

    def __init__(self, request: Request) -> None:
        self._messages = request.messages
        self.count = len(request.messages)
        # Written with every message in the same form and nothing around them: the bytes of a conversation that goes on
        # begin with those it had.
        self.content: bytes = request.SerializeToString()

    @cached_property
    def opening(self) -> bytes:
        """The first message."""
        return bytes(self._messages[0].SerializeToString()) if self.count else b""

    def since(self, index: int) -> Sequence[Message]:
        """Return the messages from ``index`` on; see the port."""
        found: list[Violation] = []
        messages: list[Message] = []
        for at, wire in enumerate(self._messages[index:] if index else self._messages, index):
            try:
                messages.append(message_from_wire(wire))
            except InvalidInput as problem:
                found.extend(problem.under(f"messages[{at}]").violations)
                if len(found) >= _MOST_VIOLATIONS:
                    break
        if found:
            raise InvalidInput(found)
        return messages


def message_from_wire(wire: pb.ConversationMessage) -> Message:
    """Return one message.

    Raises:
        InvalidInput: Names every broken field.
    """
    role = ROLES.get(wire.role)
    if role is None:
        raise InvalidInput.of("role", "must be a role of this contract")
    send_time = time_from_wire(wire.send_time, "send_time") if wire.HasField("send_time") else None
    return Message(text=wire.text, role=role, message_id=wire.message_id, send_time=send_time)


def analysis_wanted(request: Request) -> Wanted:
    """Return what is asked for. Takes the request apart: afterwards it has nothing but its messages.

    Raises:
        InvalidInput: Names every broken field beside the messages, which are read when they are needed.
    """
    as_of_time = time_from_wire(request.as_of_time, "as_of_time") if request.HasField("as_of_time") else None
    lead_id, conversation_id, results_from = request.lead_id, request.conversation_id, request.results_from
    model_versions = dict(request.model_versions)
    _clear_all_but_messages(request)
    request.DiscardUnknownFields()
    return Wanted(
        messages=WireMessages(request),
        lead_id=LeadId(lead_id) if lead_id else None,
        conversation_id=conversation_id,
        results_from=results_from,
        as_of_time=as_of_time,
        model_versions=model_versions,
    )


def _clear_all_but_messages(request: Request) -> None:
    for set_field, _ in request.ListFields():
        if set_field.name != "messages":
            request.ClearField(set_field.name)  # type: ignore[arg-type]  # one of its own
