"""Kinds of insights that a tenant defines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leadline.criterion import Criterion
from leadline.insight import UrgencyLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightType:
    """A kind of insight of your own."""

    key: str
    """1 to 64 of a-z, 0-9 and _."""
    title: str
    """Of its insights, 1 to 200 characters."""
    criterion: Criterion
    """When it shows, over fields of ``analysis``, ``health``, ``lead`` and ``behavior``."""
    priority_score: float
    """Of its insights, 0 to 100."""
    urgency_level: UrgencyLevel = UrgencyLevel.LATER
    predicted_outcome: str = ""
    """At most 100 characters."""
    recommended_actions: Sequence[str] = ()
    """At most 10 of 200 characters."""
