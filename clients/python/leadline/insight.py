"""What is worth knowing about a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from leadline.conversation import EvidenceSpan


class UrgencyLevel(Enum):
    """How soon something is due."""

    IMMEDIATE = "immediate"
    """Within an hour."""
    TODAY = "today"
    THIS_WEEK = "this_week"
    LATER = "later"
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """Something worth knowing about a conversation, and what to do about it."""

    type: str
    """For example ``buying_signal``, or the key of a type of your own."""
    title: str
    confidence: float
    """0 to 1."""
    priority_score: float
    """0 to 100: what to look at first."""
    urgency_level: UrgencyLevel
    predicted_outcome: str
    """What is likely to come of it, for example ``at_risk``."""
    recommended_actions: tuple[str, ...]
    """The most useful first."""
    evidence: tuple[EvidenceSpan, ...]
    is_custom: bool
    """Whether its type is one of your own."""
