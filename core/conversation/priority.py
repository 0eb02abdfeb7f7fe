"""Which conversation to look at first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

HALF_LIFE = timedelta(days=30)
"""A conversation in which the lead has not written for so long counts half."""
URGENCY, BUYING, COMPLAINT, OBJECTION, UNANSWERED = 0.5, 0.5, 0.55, 0.2, 0.2
DEADLINE, PRE_APPROVED, LEAD_SCORE, ACTIVE = 0.25, 0.15, 0.3, 0.15


def priority(parts: Sequence[tuple[float, float]], elapsed: timedelta | None) -> float:
    """Return 0 to 100: 100 where nothing can be more pressing.

    ``100 * (1 - product of (1 - weight * amount)) * 0.5 ** (elapsed / 30 days)``: every part adds its share of what the
    others leave, whatever the order.

    Args:
        parts: (weight, amount) of each, both 0 to 1.
        elapsed: Since the lead's newest message; None where that is not known.
    """
    left = 1.0
    for weight, amount in parts:
        left *= 1.0 - weight * amount
    fresh = 1.0 if elapsed is None else 0.5 ** (elapsed / HALF_LIFE)
    return 100.0 * (1.0 - left) * fresh
