"""Whether as many leads convert as the champion says."""

from __future__ import annotations

import math
from statistics import NormalDist

from core.registry.retraining.evidence import ServedSample
from core.registry.retraining.performance import NEWEST
from core.registry.retraining.rules import RetrainingRules
from core.registry.training_run import TriggerReading

CALIBRATION = "CALIBRATION"

SMALLEST_MISS = 0.1
"""Observed conversions within 10 % of the expected ones are near enough, however sure the difference is."""
_HALF_A_CONVERSION = 0.5
"""Counts move in steps of one: without this a few conversions would look surer than they are."""


def calibration(served: ServedSample, *, rules: RetrainingRules) -> TriggerReading:
    """Compare the conversions among the newest leads with the sum of their probabilities.

    If the champion is right, the count has that mean and the variance sum p (1 - p). The reading's value is the miss
    observed / expected - 1; 0 where nothing is expected and nothing happened. It fires if the interval, with
    ``1 - rules.confidence`` outside both ends together, leaves out 0 and the miss is at least 10 %.
    """
    outcomes, probabilities = served.outcomes[-NEWEST:], served.probabilities[-NEWEST:]
    observed, expected = int(outcomes.sum()), float(probabilities.sum())
    spread = math.sqrt(float((probabilities * (1.0 - probabilities)).sum()))
    slack = NormalDist().inv_cdf((1.0 + rules.confidence) / 2.0) * spread + _HALF_A_CONVERSION
    # With less than one conversion expected a ratio says nothing: the miss is then told in conversions.
    unit = max(expected, 1.0)
    miss = (observed - expected) / unit
    away = abs(miss) >= SMALLEST_MISS
    fires = away and abs(observed - expected) > slack
    count = f"{observed} of {outcomes.size} leads converted, {expected:.1f} expected"
    return TriggerReading(
        name=CALIBRATION,
        fires=fires,
        raw_rule_fires=away,
        value=miss,
        threshold=SMALLEST_MISS,
        message=f"{count}: {'more than chance explains' if fires else 'no proof of a miss'}.",
        lower=miss - slack / unit,
        upper=miss + slack / unit,
        level=rules.confidence,
    )
