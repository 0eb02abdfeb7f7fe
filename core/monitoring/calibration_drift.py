"""Whether as many leads convert as the probabilities said."""

from __future__ import annotations

import math

from core.evaluation.sample import Floats, Outcomes
from core.monitoring.findings import CalibrationFinding
from core.monitoring.shares import LEVEL, wilson

SIGNIFICANCE = 0.01
"""Chance that a check of a calibrated version finds a change."""
RATIO_FLOOR = 0.1
"""A ratio within this of 1, either way, does not matter."""
LEAST_EACH = 5.0
"""Expected conversions and losses below which nothing can be said."""


def calibration_finding(outcomes: Outcomes, probabilities: Floats) -> CalibrationFinding | None:
    """Compare conversions seen with conversions expected.

    Under calibration the number of conversions has mean sum(p) and variance sum(p (1 - p)); the p-value is that of
    the normal approximation (Spiegelhalter 1986 without weights). The interval is Wilson's of the conversion rate
    over the expected rate; it takes every lead to be alike and is a little wide where they are not.

    Args:
        outcomes: (n,).
        probabilities: What was answered, (n,), in [0, 1].

    Returns:
        None where too little is expected of either outcome.
    """
    count, expected = len(outcomes), float(probabilities.sum())
    variance = float((probabilities * (1.0 - probabilities)).sum())
    if min(expected, count - expected) < LEAST_EACH or variance <= 0.0:
        return None
    observed = int(outcomes.sum())
    ratio, rate = observed / expected, expected / count
    lower, upper = wilson(observed, count)
    p_value = math.erfc(abs(observed - expected) / math.sqrt(2.0 * variance))
    is_large = ratio >= 1.0 + RATIO_FLOOR or ratio <= 1.0 / (1.0 + RATIO_FLOOR)
    return CalibrationFinding(
        observed_over_expected=ratio,
        lower=lower / rate,
        upper=upper / rate,
        level=LEVEL,
        sample_count=count,
        p_value=p_value,
        drifted=p_value <= SIGNIFICANCE and is_large,
    )
