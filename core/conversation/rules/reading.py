"""What the rules say of a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core.conversation.span import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleReading:
    """What one rule head says."""

    probabilities: tuple[float, ...]
    """One for each class of ``core.conversation.kinds.CLASSES[kind]``; they sum to 1 unless the kind is multi-label."""
    spans: tuple[tuple[Span, ...], ...]
    """The words that speak for each class."""


class RuleHead(Protocol):
    """The rules for one kind of head. Safe to share between threads."""

    @property
    def kind(self) -> str:
        """Kind of the model it stands in for."""

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Probability of each class from which it is present."""

    def read(self, text: str, agent_text: str) -> RuleReading:
        """Return what a message says.

        Args:
            text: The lead's message.
            agent_text: The agent's turn before it; may be empty.
        """
