"""How tired a lead is of an action."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from core.actions.history import Contact
from core.actions.outcome import ActionOutcome

LEAST = 0.01
"""However tired, an action keeps a hundredth of its rank, so that what is least bad can still be said."""
REPEAT = 0.25
"""How much a contact of this moment weighs against another of the same action: it keeps 1 / 1.25 of its rank."""


def fatigue(contacts: Iterable[Contact], moment: datetime, half_life: timedelta) -> float:
    """Return the factor that what a lead had of an action leaves of it, in [0.01, 1].

    Each "not now" takes ``2 ** (-age / half_life)`` of what is left: all at once, half after one half-life. Each time
    it was taken wears off as quickly, but weighs less: together they leave ``1 / (1 + 0.25 * sum)``.

    Args:
        contacts: About one action, in any order; those after ``moment`` count as of ``moment``.
        moment: At which it is asked.
        half_life: Above 0.
    """
    left, repeats = 1.0, 0.0
    for contact in contacts:
        age = max(timedelta(), moment - contact.time)
        fresh = 2.0 ** -min(age / half_life, 1_000.0)
        if contact.outcome is ActionOutcome.NOT_NOW:
            left *= 1.0 - fresh
        elif contact.is_taken:
            repeats += fresh
    return max(LEAST, left / (1.0 + REPEAT * repeats))
