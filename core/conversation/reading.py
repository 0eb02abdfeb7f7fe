"""What is said of one message."""

from __future__ import annotations

from dataclasses import dataclass

from core.conversation.entities.entity import Entity
from core.conversation.kinds import DialogueAct, Intent, Objection, Role, Sentiment


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSpan:
    """Words that show something."""

    message_index: int
    """Of the message in the conversation, from 0."""
    start: int
    """First code point."""
    end: int
    """After the last code point."""
    text: str
    """The words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentimentReading:
    """What a lead feels: probabilities that sum to 1."""

    negative: float
    neutral: float
    positive: float

    @property
    def score(self) -> float:
        """From -1 to 1."""
        return self.positive - self.negative

    @property
    def sentiment(self) -> Sentiment:
        """The most probable one; neither where two are equal."""
        best = max(self.negative, self.neutral, self.positive)
        if best == self.neutral or self.negative == self.positive:
            return Sentiment.NEUTRAL
        return Sentiment.POSITIVE if best == self.positive else Sentiment.NEGATIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalReading:
    """Whether something is there."""

    probability: float
    """0 to 1."""
    is_present: bool
    """Whether the probability is at or above the threshold."""
    evidence: tuple[EvidenceSpan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentReading:
    """One intent."""

    intent: Intent
    signal: SignalReading


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionReading:
    """One objection of a message."""

    kind: Objection
    probability: float
    """0 to 1."""
    evidence: tuple[EvidenceSpan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEntity:
    """A fact and where it stands."""

    entity: Entity
    span: EvidenceSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class Feelings:
    """What the heads say of one message of the lead."""

    sentiment: SentimentReading
    intents: tuple[IntentReading, ...]
    """All of them, the most probable first."""
    urgency: SignalReading
    buying_intent: SignalReading
    objections: tuple[ObjectionReading, ...]
    """Those that are present, the most probable first."""
    act: DialogueAct
    act_probability: float

    def intent(self, intent: Intent) -> SignalReading:
        """Return what is said of one intent."""
        return next(one.signal for one in self.intents if one.intent is intent)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReading:
    """What is said of one message."""

    message_index: int
    message_id: str
    role: Role
    feelings: Feelings | None = None
    """None for messages that are not the lead's."""
    entities: tuple[FoundEntity, ...] = ()
