"""Where a function that never falls reaches a value."""

from __future__ import annotations

from collections.abc import Callable


def crossing(rising: Callable[[float], float], target: float) -> float:
    """Return the least positive number at which ``rising`` is at least ``target``, to the last bit.

    Halving needs some hundred calls more than a secant, and cannot be led astray by flat parts and steps.

    Args:
        rising: Never falls on (0, inf), is below ``target`` near 0 and reaches it somewhere.
        target: > 0.
    """
    high = 1.0
    while rising(high) < target:
        high *= 2.0
    low = high / 2.0
    while rising(low) >= target:
        low, high = low / 2.0, low
    while low < (middle := (low + high) / 2.0) < high:
        low, high = (low, middle) if rising(middle) >= target else (middle, high)
    return high
