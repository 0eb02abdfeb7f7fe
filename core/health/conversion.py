"""What the score of a lead adds to its health."""

from __future__ import annotations

from core.health.health import HealthComponent, HealthReason
from core.scoring.result import LeadScore

MOST, LEAST = 16.0, -5.0
"""Points of a lead sure to convert, and of one sure not to."""
_NEARLY = 1e-3
"""Probabilities closer to 0 or 1 count as this far from them."""


def conversion_reasons(score: LeadScore | None) -> list[HealthReason]:
    """Return what the score adds or takes.

    With the odds ratio R of the lead's probability to that of the average lead (the base of the score), (R - 1) /
    (R + 1) runs from -1 to 1 and is 0 for the average (Yule 1912, "On the methods of measuring association", Q). It
    counts as much as the score is sure of itself (1 - width of its interval).
    """
    if score is None:
        return []
    odds, usual = _odds(score.probability), _odds(score.base_points / 100.0)
    strength = (odds - usual) / (odds + usual) * score.confidence
    points = strength * (MOST if strength > 0.0 else -LEAST)
    if not points:
        return []
    text = f"{score.probability:.0%} likely to convert, where {score.base_points:.0f}% is usual"
    return [HealthReason(text=text, points=points, component=HealthComponent.CONVERSION)]


def _odds(probability: float) -> float:
    bounded = min(1.0 - _NEARLY, max(_NEARLY, probability))
    return bounded / (1.0 - bounded)
