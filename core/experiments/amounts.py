"""Differences of rates in words: in points, with digits enough that a small one does not read as none."""

from __future__ import annotations

_TWO_DECIMALS_FROM = 0.1
"""Points; smaller amounts have two significant digits."""


def figure(difference: float, sign: str = "") -> str:
    """Return a difference of rates, in points without their name.

    Args:
        difference: Of rates, in [-1, 1].
        sign: "+" to write that of positive ones too.
    """
    value = 100.0 * difference
    return format(value, f"{sign}.2f" if not value or abs(value) >= _TWO_DECIMALS_FROM else f"{sign}.2g")


def points(difference: float) -> str:
    """Return a difference of rates in points."""
    return f"{figure(difference)} points"


def signed_points(difference: float) -> str:
    """Return a difference of rates in points, with its sign."""
    return f"{figure(difference, '+')} points"
