"""What a lead feels and wants over a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from core.conversation.kinds import Intent, Objection
from core.conversation.levels import Level
from core.conversation.reading import Feelings, IntentReading, SentimentReading, SignalReading

HALF_LIFE_MESSAGES = 4
"""Messages of the lead after which a feeling counts half."""
HALF_LIFE_TIME = timedelta(days=7)
"""And time after which it does."""
_NO_INTENTS: Mapping[Intent, Level] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """Sums over the messages of a lead, newer ones weighing more."""

    negative: float = 0.0
    neutral: float = 0.0
    positive: float = 0.0
    intents: Mapping[Intent, Level] = field(default_factory=lambda: _NO_INTENTS)
    """Of those that were ever present."""
    urgency: Level = field(default_factory=Level)
    buying_intent: Level = field(default_factory=Level)

    def after(self, feelings: Feelings, gap: timedelta | None) -> Mood:
        """Return the mood after one more message of the lead.

        Args:
            feelings: What the heads say of it.
            gap: Since the lead's message before; None where that is not known.
        """
        keep = 0.5 ** (1 / HALF_LIFE_MESSAGES + (gap / HALF_LIFE_TIME if gap else 0.0))
        sentiment = feelings.sentiment
        return Mood(
            negative=keep * self.negative + sentiment.negative,
            neutral=keep * self.neutral + sentiment.neutral,
            positive=keep * self.positive + sentiment.positive,
            intents=self._intents_after(feelings),
            urgency=self._urgency_after(feelings),
            buying_intent=self._buying_after(feelings),
        )

    @property
    def sentiment(self) -> SentimentReading | None:
        """The weighted mean of the messages; None without one."""
        total = self.negative + self.neutral + self.positive
        if not total:
            return None
        return SentimentReading(
            negative=self.negative / total, neutral=self.neutral / total, positive=self.positive / total
        )

    @property
    def intents_read(self) -> tuple[IntentReading, ...]:
        """The intents that were ever present, the most probable first."""
        read = [
            IntentReading(
                intent=intent,
                signal=SignalReading(probability=level.probability, is_present=level.is_present, evidence=level.spans),
            )
            for intent, level in self.intents.items()
        ]
        return tuple(sorted(read, key=lambda one: (-one.signal.probability, one.intent.value)))

    def _intents_after(self, feelings: Feelings) -> Mapping[Intent, Level]:
        return {
            one.intent: self.intents.get(one.intent, _NOTHING).after(one.signal)
            for one in feelings.intents
            if one.signal.is_present or one.intent in self.intents
        }

    def _urgency_after(self, feelings: Feelings) -> Level:
        read = feelings.urgency
        is_put_off = any(one.kind is Objection.TIMING for one in feelings.objections)
        return self.urgency.called_off(read) if is_put_off and not read.is_present else self.urgency.after(read)

    def _buying_after(self, feelings: Feelings) -> Level:
        read = feelings.buying_intent
        before = self.buying_intent.halved() if feelings.objections and not read.is_present else self.buying_intent
        return before.after(read)


_NOTHING = Level()
