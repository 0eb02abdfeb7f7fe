"""Analyze and GetConversation of IntelligenceService."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from leadline.analysis import Analysis
from leadline.calls.talk import Talk
from leadline.conversation import ConversationMessage
from leadline.convert.analysis import analysis_from_wire, analyze_request
from leadline.convert.conversation import message_from_wire
from leadline.transport import Transport
from leadline.v1 import intelligence_service_pb2 as pb

_PAGE: Final = 500
_NO_VERSIONS: Final[Mapping[str, str]] = {}


class ConversationCalls:
    """Reads conversations."""

    _transport: Transport

    def analyze(
        self,
        messages: Sequence[ConversationMessage],
        *,
        lead_id: str = "",
        conversation_id: str = "",
        results_from: int = 0,
        as_of_time: datetime | None = None,
        model_versions: Mapping[str, str] = _NO_VERSIONS,
        experiment: str = "",
        unit_id: str = "",
        timeout: timedelta | None = None,
    ) -> Analysis:
        """Say what a conversation says. Send all of it each time: only messages that are new are read again.

        Args:
            messages: The oldest first: 1 to 5,000, at most 1,000,000 characters in all.
            lead_id: The lead it is with: stored, or one with events. Empty: none.
            conversation_id: Your name for it. With the lead's id, what it says counts for the lead's health.
            results_from: Answers of single messages are given from this index on.
            as_of_time: Moment at which it is judged; None: now.
            model_versions: Version to answer with by model kind (``intent``, …); others answer with the active ones.
            experiment: Answer within this experiment over versions of one head.
            unit_id: Unit of the experiment; empty means the lead, or without one the conversation.
            timeout: Deadline of the call.

        Raises:
            InvalidRequest: If a message is empty or too long; names it as ``messages[17].text``.
            NotFound: If the lead is neither stored nor has events.
        """
        request = analyze_request(
            messages,
            lead_id=lead_id,
            conversation_id=conversation_id,
            results_from=results_from,
            as_of_time=as_of_time,
            model_versions=model_versions,
            experiment=experiment,
            unit_id=unit_id,
        )
        return analysis_from_wire(self._transport.call(self._transport.intelligence.Analyze, request, timeout=timeout))

    def conversation(self, *, lead_id: str = "", conversation_id: str = "") -> Talk:
        """Return a conversation that keeps its messages, to add to as they come.

        Args:
            lead_id: As for :meth:`analyze`.
            conversation_id: As for :meth:`analyze`.

        Examples:
            >>> talk = client.conversation(lead_id="a-1", conversation_id="chat-7")  # doctest: +SKIP
            >>> talk.say("Can I see it tomorrow?").urgency.is_present  # doctest: +SKIP
            True
        """
        return Talk(self._transport, lead_id=lead_id, conversation_id=conversation_id)

    def stored_conversation(
        self, lead_id: str, conversation_id: str, *, page_size: int = _PAGE, timeout: timedelta | None = None
    ) -> Iterator[ConversationMessage]:
        """Yield the messages of a stored conversation, oldest first; pages are fetched as they are needed.

        Args:
            lead_id: The lead.
            conversation_id: As it was called when it was analysed.
            page_size: Messages in one call, 1 to 1,000.
            timeout: Deadline of each call.

        Raises:
            NotFound: If nothing is stored of it.
            FailedPrecondition: CONVERSATIONS_NOT_STORED if this server stores none of yours.
        """
        request = pb.GetConversationRequest(lead_id=lead_id, conversation_id=conversation_id, page_size=page_size)
        while True:
            response = self._transport.call(self._transport.intelligence.GetConversation, request, timeout=timeout)
            yield from map(message_from_wire, response.messages)
            request.page_token = response.next_page_token
            if not request.page_token:
                return
