"""Signals over a conversation: what was said last counts most, and evidence is kept of the newest messages."""

from __future__ import annotations

from dataclasses import dataclass

from core.conversation.reading import EvidenceSpan, SignalReading

HALF_LIFE = 8
"""Messages of the lead after which what was read counts half."""
MEMORY = 8
"""Messages of the lead for which what was present stays so."""
MOST_EVIDENCE = 10
"""Messages whose words are shown."""
_KEEP = 0.5 ** (1 / HALF_LIFE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How much of one signal there is.

    ``probability`` is the largest of the messages', each halved by every 8 messages of the lead that came after it.
    """

    probability: float = 0.0
    messages_since: int | None = None
    """Messages of the lead after the last one in which it was present; None: in none."""
    evidence: tuple[tuple[EvidenceSpan, ...], ...] = ()
    """Words of each message in which it was present, the newest message last."""

    @property
    def is_present(self) -> bool:
        """Whether it was present in one of the newest 8 messages of the lead."""
        return self.messages_since is not None and self.messages_since < MEMORY

    @property
    def spans(self) -> tuple[EvidenceSpan, ...]:
        """The words, the newest message first."""
        return tuple(span for message in reversed(self.evidence) for span in message)

    def after(self, read: SignalReading) -> Level:
        """Return the level after one more message of the lead."""
        probability = max(read.probability, self.probability * _KEEP)
        if read.is_present:
            evidence = (*self.evidence, read.evidence)[-MOST_EVIDENCE:] if read.evidence else self.evidence
            return Level(probability=probability, messages_since=0, evidence=evidence)
        since = None if self.messages_since is None else self.messages_since + 1
        return Level(probability=probability, messages_since=since, evidence=self.evidence)

    def called_off(self, read: SignalReading) -> Level:
        """Return the level after a message that takes back what was there: only that message counts."""
        return Level().after(read)

    def halved(self) -> Level:
        """Return the level where something speaks against it."""
        return Level(probability=0.5 * self.probability, messages_since=self.messages_since, evidence=self.evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A quantity as it is lately, and as it is usually: two means that forget at different speeds."""

    fast: float = 0.0
    """Half of it is the newest value."""
    slow: float = 0.0
    """Half of it is of the newest 8 values."""
    count: int = 0
    """Values so far."""

    def after(self, value: float) -> Trend:
        """Return the means after one more value."""
        count = self.count + 1
        return Trend(
            fast=self.fast + (value - self.fast) * max(_FAST, 1 / count),
            slow=self.slow + (value - self.slow) * max(_SLOW, 1 / count),
            count=count,
        )

    @property
    def change(self) -> float:
        """How much higher it is lately than usually."""
        return self.fast - self.slow


_FAST = 0.5
_SLOW = 1 - 0.5 ** (1 / 8)
