"""Two estimates beside each other, each with a variance that is itself estimated (Welch 1947, Biometrika 34, 28)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.experiments.results import Range
from core.experiments.statistics import student

UNKNOWN = 1e100
"""Stands for infinity, which no answer may hold: the standard error and the ends of a range if nothing is known."""
_LEAST_DEGREES = 1.0
_VARIANCES = (1.0 / UNKNOWN**2, UNKNOWN**2)
"""Outside it a square is no longer a number that can be divided by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Of one arm."""

    value: float
    variance: float
    """Of the estimate, not of a unit; 0 if nothing was seen to vary."""
    degrees: float
    """Of freedom of the variance; below 1: the variance is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanTest:
    """Whether two means differ."""

    statistic: float
    """Student's t."""
    p_value: float
    """Two-sided."""
    degrees: float
    """Of freedom; 0 where nothing is known."""
    difference: float
    range: Range
    standard_error: float

    @property
    def known(self) -> bool:
        """Whether there was any spread to judge the difference by."""
        return self.standard_error < UNKNOWN


def compare(treatment: Estimate, control: Estimate, level: float) -> MeanTest:
    """Return Welch's test of treatment less control, with Satterthwaite's degrees of freedom.

    Returns:
        With statistic 0, p-value 1, and a standard error and a range of ``UNKNOWN`` if an arm has too few units to
        vary, or if nothing varied in either: that two units had 5 and two others 3 is no proof of anything.
    """
    difference = treatment.value - control.value
    variance = treatment.variance + control.variance
    degrees_known = min(treatment.degrees, control.degrees) >= _LEAST_DEGREES
    if not (degrees_known and _VARIANCES[0] < variance < _VARIANCES[1]):
        return _nothing_known(difference, level)
    error = math.sqrt(variance)
    degrees = 1.0 / (
        (treatment.variance / variance) ** 2 / treatment.degrees + (control.variance / variance) ** 2 / control.degrees
    )
    statistic, reach = difference / error, student.critical(level, degrees) * error
    return MeanTest(
        statistic=statistic,
        p_value=student.two_sided_p(statistic, degrees),
        degrees=degrees,
        difference=difference,
        range=Range(lower=difference - reach, upper=difference + reach, level=level),
        standard_error=error,
    )


def _nothing_known(difference: float, level: float) -> MeanTest:
    return MeanTest(
        statistic=0.0,
        p_value=1.0,
        degrees=0.0,
        difference=difference,
        range=Range(lower=-UNKNOWN, upper=UNKNOWN, level=level),
        standard_error=UNKNOWN,
    )
