"""What is known of a conversation so far: all that the next message is added to. Its size is bounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.conversation.kinds import DialogueAct, Objection, Role
from core.conversation.levels import Trend
from core.conversation.message import Message
from core.conversation.mood import Mood
from core.conversation.needs import Needs
from core.conversation.objecting import Objections, RaisedObjection, objections_after
from core.conversation.reading import EvidenceSpan, Feelings, MessageReading
from core.conversation.referral import find_referral
from core.conversation.said import Said, find_said
from core.conversation.span import Span
from core.conversation.tempo import Tempo

_NONE_RAISED: Mapping[Objection, RaisedObjection] = {}
_NOTHING_SAID = Said()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationState:
    """A conversation after some messages. Never changed: a conversation that goes on makes a new one."""

    tempo: Tempo = field(default_factory=Tempo)
    mood: Mood = field(default_factory=Mood)
    objections: Objections = field(default_factory=lambda: _NONE_RAISED)
    needs: Needs = field(default_factory=Needs)
    warmth: Trend = field(default_factory=Trend)
    """Score of the sentiment plus urgency plus buying intent of each message of the lead."""
    agent_text: str = ""
    """The agent's newest message, which the lead's next one answers."""
    last_act: DialogueAct | None = None
    """What the lead's newest message did."""

    def after(self, message: Message, read: MessageReading) -> ConversationState:
        """Return the conversation after one more message, and what was read in it."""
        moment = self.tempo.moment_of(message.send_time)
        gap = self.tempo.gap(moment)
        tempo = self.tempo.after(message.role, len(message.text), moment)
        if read.feelings is None:
            agent_text = message.text if message.role is Role.AGENT else self.agent_text
            return ConversationState(
                tempo=tempo,
                mood=self.mood,
                objections=self.objections,
                needs=self.needs,
                warmth=self.warmth,
                agent_text=agent_text,
                last_act=self.last_act,
            )
        return ConversationState(
            tempo=tempo,
            mood=self.mood.after(read.feelings, gap),
            objections=objections_after(self.objections, read.feelings, read.message_index),
            needs=self._needs_after(message, read, tempo.lead_count),
            warmth=self.warmth.after(_warmth(read.feelings)),
            agent_text=self.agent_text,
            last_act=read.feelings.act,
        )

    def _needs_after(self, message: Message, read: MessageReading, number: int) -> Needs:
        said = find_said(message.text, self.agent_text)
        referral = find_referral(message.text)
        if not read.entities and said == _NOTHING_SAID and referral is None:
            return self.needs

        def quote(spans: Sequence[Span]) -> tuple[EvidenceSpan, ...]:
            return quoted(message.text, read.message_index, spans)

        return self.needs.after(read.entities, said, referral, quote, number)


def quoted(text: str, message_index: int, spans: Sequence[Span]) -> tuple[EvidenceSpan, ...]:
    """Return the words of spans of a message."""
    return tuple(
        EvidenceSpan(message_index=message_index, start=span.start, end=span.end, text=text[span.start : span.end])
        for span in spans
    )


def _warmth(feelings: Feelings) -> float:
    return feelings.sentiment.score + feelings.urgency.probability + feelings.buying_intent.probability
