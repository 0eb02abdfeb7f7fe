"""A message with labels."""

from __future__ import annotations

from dataclasses import dataclass

from core.conversation.heads.turn import Turn
from training.conversation.labels import Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A message, the agent's turn before it if there was one, and what is known of it."""

    turn: Turn
    labels: Labels
    group: str
    """Phrases of one group are alike: they are never on both sides of a validation."""
    is_ordinary: bool = False
    """Whether it is everyday talk: nobody wants to be told that it is urgent or an objection."""
    is_own: bool = False
    """Whether a tenant gave it; the others ship."""
