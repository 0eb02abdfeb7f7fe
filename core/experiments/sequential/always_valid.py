"""A reading of a difference that holds at every moment, whenever and however often somebody looks.

An asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2021, arXiv 2103.06476, theorem
2.2): at the level 1 - alpha it excludes the truth at any moment at all with a chance of alpha. Its normal mixture is
tight near a number of units that must be set beforehand: with a plan that is the horizon. Without one it is mixed over
numbers from a hundred to ten million, so that it suits small and large experiments alike, and is somewhat wider for it.
"""

from __future__ import annotations

import math
from functools import lru_cache

from core.experiments.results import AlwaysValid, Range

ANY_SIZE = tuple(10.0**exponent for exponent in range(2, 8))
"""Units it is tuned for where no horizon is known."""
_MOST_STEPS = 60
_CLOSE = 1e-12


def always_valid(
    difference: float, standard_error: float, units: float, *, alpha: float, horizon_units: int = 0, least: float = 1.0
) -> AlwaysValid:
    """Return the interval and the p-value.

    Args:
        difference: Treatment less control.
        standard_error: Of the difference, >= 0.
        units: Of both arms together.
        alpha: In (0, 1).
        horizon_units: For which it is tuned; 0: not known.
        least: The smallest p-value so far: the smaller of the two is returned.
    """
    radius = standard_error * critical_value(units, alpha, horizon_units)
    interval = Range(lower=difference - radius, upper=difference + radius, level=1.0 - alpha)
    z = difference / standard_error if standard_error > 0.0 else 0.0
    return AlwaysValid(interval=interval, p_value=min(least, p_value(z, units, horizon_units)))


def p_value(z: float, units: float, horizon_units: int = 0) -> float:
    """Return the smallest alpha at which the interval of a moment excludes 0; in [0, 1]."""
    return math.exp(-max(0.0, _log_evidence(z * z, _growth(units, horizon_units))[0]))


def critical_value(units: float, alpha: float, horizon_units: int = 0) -> float:
    """Return how many standard errors the interval reaches to either side, > 0."""
    return _critical_value(max(units, 1.0), alpha, horizon_units)


@lru_cache(maxsize=8192)
def _critical_value(units: float, alpha: float, horizon_units: int) -> float:
    """Solve evidence(z squared) = 1 / alpha by Newton's method: it is convex in z squared."""
    growth = _growth(units, horizon_units)
    wanted = -math.log(alpha)
    square = min(
        2.0 * (1.0 + 1.0 / grown) * (wanted + math.log(len(growth)) + 0.5 * math.log1p(grown)) for grown in growth
    )
    for _ in range(_MOST_STEPS):
        value, slope = _log_evidence(square, growth)
        step = (value - wanted) / slope
        square -= step
        if abs(step) <= _CLOSE * square:
            break
    return math.sqrt(square)


def _growth(units: float, horizon_units: int) -> tuple[float, ...]:
    """Return units times rho squared for each rho of the mixture."""
    sizes = (float(horizon_units),) if horizon_units else ANY_SIZE
    return tuple(max(units, 1.0) * _TUNING / size for size in sizes)


def _log_evidence(square: float, growth: tuple[float, ...]) -> tuple[float, float]:
    """Return the logarithm of the mixture's evidence against no effect, and its slope, at z squared."""
    slopes = [grown / (2.0 * (1.0 + grown)) for grown in growth]
    parts = [slope * square - 0.5 * math.log1p(grown) for slope, grown in zip(slopes, growth, strict=True)]
    most = max(parts)
    masses = [math.exp(part - most) for part in parts]
    total = math.fsum(masses)
    slope = math.fsum(mass * one for mass, one in zip(masses, slopes, strict=True)) / total
    return most + math.log(total / len(parts)), slope


def _tuning(alpha: float) -> float:
    """Return units times rho squared for the narrowest interval at so many units (the paper's section B.2)."""
    wanted = -2.0 * math.log(alpha)
    return wanted + math.log(wanted + 1.0)


_TUNING = _tuning(0.05)
"""Whatever alpha: the p-value is one number for all levels, and the width hardly depends on it."""
