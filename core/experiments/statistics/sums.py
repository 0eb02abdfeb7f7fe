"""Variances from sums, and what the rounding of the sums leaves of them.

A sum of squares less a squared sum loses the digits the two have in common. The subtraction itself is exact here; what
is lost was lost when the sums were made. Sums of whole numbers below 2^53 have lost nothing, so that means of 0 and 1
are exact for any count. Other sums of n terms may be off by up to n 2^-52 of themselves, and what that can make is no
variance: a million values show a standard deviation from about 2e-5 of their size on, a thousand from 1e-6 on, be they
of size 1 or 1e15. A variance v of values of size y is good to n 2^-51 y^2 / v of itself.
"""

from __future__ import annotations

import sys
from fractions import Fraction

_EXACT_BELOW = 2.0**53


def about_means(products: float, total: float, other_total: float, count: int) -> Fraction:
    """Return the sum of (x - mean x) (y - mean y) over units, from the sum of x y and those of x and y; exact."""
    return Fraction(products) - Fraction(total) * Fraction(other_total) / count


def spread(squares: float, total: float, count: int) -> float:
    """Return the sum of (y - mean y)^2 over ``count`` units, >= 0; 0 where it is lost in rounding.

    Args:
        squares: Sum of y squared.
        total: Sum of y.
        count: Units, >= 1.
    """
    return left_of(about_means(squares, total, total, count), squares, count, exact=whole(squares, total))


def left_of(rest: Fraction, size: float, count: int, *, exact: bool) -> float:
    """Return what a subtraction left, or 0 if rounding alone can leave as much.

    Args:
        rest: What was left.
        size: Of what was subtracted from.
        count: Terms in each sum.
        exact: Whether the sums are not rounded.
    """
    lost = 0.0 if exact else 2.0 * count * sys.float_info.epsilon * size
    return float(rest) if rest > lost else 0.0


def whole(*sums: float) -> bool:
    """Return whether sums are of whole numbers, and exact."""
    return all(abs(each) < _EXACT_BELOW and float(each).is_integer() for each in sums)
