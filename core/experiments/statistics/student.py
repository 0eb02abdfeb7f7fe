"""Student's t distribution with any degrees of freedom from 1 on, whole or not."""

from __future__ import annotations

from scipy.special import betainc, betaincc, stdtrit


def two_sided_p(t: float, degrees: float) -> float:
    """Return the chance of a t variable at least as far from 0 as ``t``.

    It is the incomplete beta function at df / (df + t^2). Of that argument and its complement the smaller one is
    worked out, because the other one has lost its digits: with 1e9 degrees it is 1 but for the ninth place.
    """
    square = t * t
    if square < degrees:
        return float(betaincc(0.5, degrees / 2.0, square / (degrees + square)))
    return float(betainc(degrees / 2.0, 0.5, degrees / (degrees + square)))


def critical(level: float, degrees: float) -> float:
    """Return t such that a t variable lies in [-t, t] with probability ``level``, in (0, 1)."""
    return float(-stdtrit(degrees, (1.0 - level) / 2.0))
