"""One insight."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.conversation.reading import EvidenceSpan


class UrgencyLevel(StrEnum):
    """How soon something should be done."""

    IMMEDIATE = "immediate"
    """Within an hour."""
    TODAY = "today"
    THIS_WEEK = "this_week"
    LATER = "later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """Something worth knowing, and what to do about it."""

    type: str
    title: str
    confidence: float
    """0 to 1."""
    priority_score: float
    """0 to 100."""
    urgency_level: UrgencyLevel
    predicted_outcome: str
    recommended_actions: tuple[str, ...]
    """The most useful first."""
    evidence: tuple[EvidenceSpan, ...] = ()
    is_custom: bool = False
