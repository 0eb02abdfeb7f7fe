"""Works out how a lead is from what is known of it: a function of that, with no other input."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.conversation.kinds import Momentum
from core.health.cold_risk import cold_risk
from core.health.conversion import conversion_reasons
from core.health.engagement import engagement, engagement_reasons
from core.health.health import HealthReason, Qualification
from core.health.knowledge import Knowledge
from core.health.momentum import heading, momentum_of, momentum_reasons
from core.health.mood import objection_reasons, sentiment_reasons
from core.health.qualification import qualification, qualification_reasons

BASE = 20.0
"""Health of a lead of which nothing is known. What all components can take together is 20, what they can add is 80."""
_OF_SCORE, _OF_EVENTS, _OF_MESSAGES = 0.4, 0.5, 0.6
"""The most confidence that each source alone gives."""
_LEAST_POINTS = 1e-9
"""Reasons with less are none."""
_FEW_EVENTS, _FEW_MESSAGES = 5.0, 4.0
"""At which each gives half of it."""
_LEAST_CONFIDENCE = 0.3
"""Of an analysis that does not say how sure it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """How a lead is, apart from where it stood before."""

    score: float
    """0 to 100: 20 and the points of all reasons."""
    reasons: tuple[HealthReason, ...]
    """By their size, largest first; equal ones by their text."""
    momentum: Momentum
    engagement_score: float
    qualification: Qualification
    cold_risk: float
    confidence: float


def judge(known: Knowledge) -> Judgement:
    """Return how a lead is."""
    active, asked, towards = engagement(known), qualification(known), heading(known)
    reasons = [
        *conversion_reasons(known.score),
        *engagement_reasons(known, active),
        *qualification_reasons(asked),
        *momentum_reasons(towards),
        *sentiment_reasons(known),
        *objection_reasons(known),
    ]
    reasons = [reason for reason in reasons if abs(reason.points) >= _LEAST_POINTS]
    reasons.sort(key=lambda reason: (-abs(reason.points), reason.text))
    total = BASE + math.fsum(reason.points for reason in reasons)
    return Judgement(
        # Only the rounding of floats leads beyond the ends.
        score=min(100.0, max(0.0, total)),
        reasons=tuple(reasons),
        momentum=momentum_of(towards),
        engagement_score=active.score,
        qualification=asked,
        cold_risk=cold_risk(known),
        confidence=confidence(known),
    )


def confidence(known: Knowledge) -> float:
    """Return how much there is to go by, 0 to 1: 1 - the product of what score, events and messages each leave open."""
    events, messages = known.event_count, known.message_count
    of_analysis = known.number("confidence")
    sure = _LEAST_CONFIDENCE if of_analysis is None else min(1.0, max(0.0, of_analysis))
    left = 1.0 - _OF_SCORE * (0.0 if known.score is None else known.score.confidence)
    left *= 1.0 - _OF_EVENTS * events / (events + _FEW_EVENTS)
    left *= 1.0 - _OF_MESSAGES * sure * messages / (messages + _FEW_MESSAGES)
    return 1.0 - left
