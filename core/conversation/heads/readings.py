"""What heads say of turns, and what answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.conversation.heads.graph import Singles
from core.conversation.kinds import ConversationSource
from core.scoring.result import ScoreWarning

HEAD_FAILED = ScoreWarning(
    code="HEAD_FAILED", message="a model that reads messages could not be used; rules answered in its place"
)
NO_ENCODER = ScoreWarning(
    code="ENCODER_NOT_AVAILABLE", message="the sentence encoder could not be used; what stands in for it answered"
)
VERSIONS_UNKNOWN = ScoreWarning(
    code="HEAD_VERSIONS_UNKNOWN", message="the versions that serve could not be looked up; rules answered"
)


class HeadUse(NamedTuple):
    """What answered for one kind."""

    source: ConversationSource
    version: str
    """Of the model; "" for rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadReadings:
    """What every head says of n turns. Each mapping has all kinds."""

    probabilities: Mapping[str, Singles]
    """(n, classes): columns in the order of :data:`core.conversation.kinds.CLASSES`."""
    thresholds: Mapping[str, tuple[float, ...]]
    """Probability of each class from which it is present."""
    uses: Mapping[str, HeadUse]
    warnings: Sequence[ScoreWarning]
    term_weight: Callable[[str, int], Callable[[str], float] | None]
    """Takes kind and class index; returns what says how much a word, or two with a space between, speaks for that
    class. None where nobody knows."""
    plan: bytes = b""
    """Names all that answered: readings of one plan of the same turn are the same."""
