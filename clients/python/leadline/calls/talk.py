"""A conversation under way: it keeps its messages, and asks for what is new only."""

from __future__ import annotations

from datetime import datetime, timedelta

from leadline.analysis import Analysis, MessageAnalysis
from leadline.conversation import ConversationMessage, MessageRole
from leadline.convert.analysis import analysis_from_wire, analyze_request
from leadline.transport import Transport


class Talk:
    """A conversation under way. Made by :meth:`leadline.Client.conversation`; for one thread at a time.

    Args:
        transport: Of the client.
        lead_id: The lead it is with.
        conversation_id: Your name for it.
    """

    def __init__(self, transport: Transport, *, lead_id: str, conversation_id: str) -> None:
        self._transport = transport
        self.lead_id = lead_id
        self.conversation_id = conversation_id
        self._messages: list[ConversationMessage] = []
        self._answers: list[MessageAnalysis] = []

    @property
    def messages(self) -> tuple[ConversationMessage, ...]:
        """What was said, oldest first."""
        return tuple(self._messages)

    @property
    def message_analyses(self) -> tuple[MessageAnalysis, ...]:
        """What is said of each message that was analysed, each as of the first analysis it was part of."""
        return tuple(self._answers)

    def add(self, *messages: ConversationMessage) -> None:
        """Add messages without asking what they say."""
        self._messages += messages

    def say(
        self,
        text: str,
        role: MessageRole = MessageRole.LEAD,
        *,
        send_time: datetime | None = None,
        message_id: str = "",
        timeout: timedelta | None = None,
    ) -> Analysis:
        """Add a message and analyse the conversation.

        Args:
            text: 1 to 10,000 characters.
            role: Who wrote it.
            send_time: When it was sent, aware.
            message_id: Your name for it.
            timeout: Deadline of the call.

        Raises:
            LeadlineError: As :meth:`leadline.Client.analyze`; a message that is refused is not added.
        """
        self._messages.append(ConversationMessage(text=text, role=role, send_time=send_time, message_id=message_id))
        try:
            return self.analyze(timeout=timeout)
        except BaseException:
            del self._messages[-1]
            raise

    def analyze(self, *, timeout: timedelta | None = None) -> Analysis:
        """Say what the conversation says. ``messages`` of the answer holds those not answered before.

        Args:
            timeout: Deadline of the call.
        """
        request = analyze_request(
            self._messages,
            lead_id=self.lead_id,
            conversation_id=self.conversation_id,
            results_from=len(self._answers),
            as_of_time=None,
            model_versions={},
            experiment="",
            unit_id="",
        )
        method = self._transport.intelligence.Analyze
        answer = analysis_from_wire(self._transport.call(method, request, timeout=timeout))
        self._answers += answer.messages
        return answer
