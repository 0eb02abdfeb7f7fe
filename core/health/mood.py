"""What a lead feels and objects."""

from __future__ import annotations

from core.health.health import HealthComponent, HealthReason
from core.health.knowledge import Knowledge, fading

MOST_FELT, LEAST_FELT = 4.0, -2.0
"""Points of a lead that is all positive, and all negative."""
LEAST_OBJECTED = -4.0
"""Points that ever more objections come near to."""
HALF_LIFE = 14.0
"""Days after which a feeling counts half."""
OBJECTION_HALF_LIFE = 30.0
"""Days after which an objection counts half."""
FEW_MESSAGES = 2.0
"""Messages at which a feeling counts half."""


def sentiment(known: Knowledge) -> float:
    """Return what a lead feels, -1 to 1: of few or old messages nearer to 0."""
    score, count = known.number("sentiment_score"), known.message_count
    if score is None or not count:
        return 0.0
    bounded = min(1.0, max(-1.0, score))
    return bounded * count / (count + FEW_MESSAGES) * fading(known.message_days, HALF_LIFE)


def sentiment_reasons(known: Knowledge) -> list[HealthReason]:
    """Return what the feeling adds or takes."""
    felt = sentiment(known)
    if not felt:
        return []
    points = felt * (MOST_FELT if felt > 0.0 else -LEAST_FELT)
    text = "Sounds pleased" if felt > 0.0 else "Sounds displeased"
    return [HealthReason(text=text, points=points, component=HealthComponent.SENTIMENT)]


def objection_reasons(known: Knowledge) -> list[HealthReason]:
    """Return what objections take that nobody has overcome: -4 (1 - 0.5 ** n) of n of them, each the same part."""
    kinds = sorted(set(known.texts("objections")))
    if not kinds:
        return []
    points = LEAST_OBJECTED * (1.0 - 0.5 ** len(kinds)) * fading(known.message_days, OBJECTION_HALF_LIFE)
    if not points:
        return []
    return [
        HealthReason(text=f"Objection: {kind}", points=points / len(kinds), component=HealthComponent.OBJECTIONS)
        for kind in kinds
    ]
