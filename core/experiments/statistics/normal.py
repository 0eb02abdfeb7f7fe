"""The normal distribution, as far as tests need it."""

from __future__ import annotations

import math

from scipy.special import ndtr, ndtri

_LEAST = math.ulp(0.0)


def critical(level: float) -> float:
    """Return z such that a standard normal variable lies in [-z, z] with probability ``level``, in (0, 1).

    A level so near 1 that it was rounded to it gets the largest z there is, 38.5, and no infinity.
    """
    return float(-ndtri(max(_LEAST, (1.0 - level) / 2.0)))


def two_sided_p(z: float) -> float:
    """Return the chance of a standard normal variable at least as far from 0 as ``z``.

    Taken from the tail itself, so that it is as exact at 1e-300 as at 0.5; 0 beyond what a float can hold (z of 39).
    """
    return float(2.0 * ndtr(-abs(z)))
