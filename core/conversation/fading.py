"""How what a lead said loses weight while time goes by."""

from __future__ import annotations

from datetime import datetime, timedelta

URGENCY_HALF_LIFE = timedelta(days=3)
"""What had to happen at once has happened, or was not so urgent."""
BUYING_HALF_LIFE = timedelta(days=14)
"""Readiness to buy lasts longer, and wears off too."""


def elapsed_since(then: datetime | None, moment: datetime) -> timedelta | None:
    """Return the time from ``then`` to a moment, never below zero; None where it is not known."""
    return None if then is None else max(timedelta(), moment - then)


def faded(probability: float, elapsed: timedelta | None, half_life: timedelta) -> float:
    """Return a probability as it counts later: halved with every half-life; as it is where no time is known."""
    if elapsed is None or not elapsed:
        return probability
    return probability * float(0.5 ** (elapsed / half_life))


def is_still(elapsed: timedelta | None, half_life: timedelta) -> bool:
    """Return whether what was present counts as present: within one half-life, or where no time is known."""
    return elapsed is None or elapsed <= half_life
