"""Whether the champion orders leads worse than it says."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.registry.retraining.evidence import Floats, Outcomes, ServedSample
from core.registry.retraining.recalibration import Recalibration, says_something
from core.registry.retraining.rules import RetrainingRules
from core.registry.training_run import TriggerReading

PERFORMANCE = "PERFORMANCE"

NEWEST = 400
"""Labels looked at, the newest: more would hide a drop behind good months before it."""
_CAUTION = 0.95
"""The test is nearly exact: at a nominal 5 % it fired in up to 5.3 % of 20,000 checks of 50 labels. With this much less
it keeps what it promises."""


def performance(
    served: ServedSample, *, champion_f1: float | None, threshold: float, rules: RetrainingRules
) -> TriggerReading:
    """Judge the champion by the leads it scored, against what its own probabilities promise for these leads.

    The plain rule compares F1 on this sample with the F1 of training. That ignores two things: F1 of a few hundred
    leads is mostly chance, and a figure of training may have been too kind, which no amount of retraining mends. So the
    evidence asked for is another: if the champion were right, each lead would convert with the probability it gave. A
    slope of the recalibration proven below 1 says that the leads it named convert less, and the others more, than it
    said. The slope is told as the drop of F1 it means. A champion whose probabilities are right never fires, whatever
    F1 was promised, beyond the stated share of false alarms. One that was too sure of itself from its first day does
    fire: it is wrong, not unlucky.

    It fires if the slope is below 1 at the one-sided level ``1 - rules.confidence`` and the drop is at least half of
    ``rules.f1_drop``: the estimate of a true drop of ``f1_drop`` lies below it half of the time. Among champions that
    are right, at most a share of ``1 - rules.confidence`` of checks fires, at any number of labels.

    Args:
        served: What the champion said, and what happened.
        champion_f1: Of training, for the plain rule.
        threshold: Of F1.
        rules: ``f1_drop`` and ``confidence``.
    """
    outcomes, probabilities = served.outcomes[-NEWEST:], served.probabilities[-NEWEST:]
    plain = _plain(outcomes, probabilities, threshold, champion_f1, rules)
    floor = rules.f1_drop / 2.0
    if not says_something(outcomes, probabilities):
        message = f"{plain.message}The {outcomes.size} newest outcomes cannot say whether the champion got worse."
        return TriggerReading(
            name=PERFORMANCE, fires=False, raw_rule_fires=plain.fires, value=0.0, threshold=floor, message=message
        )
    confidence = 1.0 - _CAUTION * (1.0 - rules.confidence)
    drop = _drop(outcomes, probabilities, threshold, confidence)
    fires = drop.p_value <= 1.0 - confidence and drop.value >= floor
    return TriggerReading(
        name=PERFORMANCE,
        fires=fires,
        raw_rule_fires=plain.fires,
        value=drop.value,
        threshold=floor,
        message=plain.message + _sentence(drop, outcomes.size, floor, fires=fires, confidence=confidence),
        lower=drop.lower,
        upper=drop.upper,
        level=2.0 * confidence - 1.0,
    )


class _Plain(NamedTuple):
    fires: bool
    message: str


class _Drop(NamedTuple):
    """Relative drops of F1 for a slope and its bounds; below 0 where F1 rose."""

    value: float
    lower: float
    upper: float
    slope: float
    p_value: float


def _plain(
    outcomes: Outcomes, probabilities: Floats, threshold: float, champion_f1: float | None, rules: RetrainingRules
) -> _Plain:
    if champion_f1 is None or outcomes.size == 0:
        return _Plain(fires=False, message="")
    seen = _f1(outcomes.astype(np.float64), probabilities >= threshold)
    message = f"F1 {seen:.3f} on {outcomes.size} leads, {champion_f1:.3f} in training. "
    return _Plain(fires=seen < (1.0 - rules.f1_drop) * champion_f1, message=message)


def _drop(outcomes: Outcomes, probabilities: Floats, threshold: float, confidence: float) -> _Drop:
    turn = Recalibration(outcomes, probabilities)
    chosen = probabilities >= threshold
    promised = _f1(turn.probabilities(1.0), chosen)
    flattest, steepest = turn.slope_interval(confidence)

    def relative(slope: float) -> float:
        return 1.0 - _f1(turn.probabilities(slope), chosen) / promised if promised > 0.0 else 0.0

    return _Drop(relative(turn.slope), relative(steepest), relative(flattest), turn.slope, turn.p_flatter)


def _f1(rates: Floats, chosen: Outcomes) -> float:
    """Return 2 hits / (chosen + converted), with expected counts; 0 where nothing is chosen and nothing converts."""
    cases = float(chosen.sum() + rates.sum())
    return 2.0 * float(rates[chosen].sum()) / cases if cases > 0.0 else 0.0


def _sentence(drop: _Drop, count: int, floor: float, *, fires: bool, confidence: float) -> str:
    measured = (
        f"calibration slope {drop.slope:.2f}, p = {drop.p_value:.3f}: for its probabilities on these leads F1 is "
        f"short by {drop.value:.1%} ({drop.lower:.1%} to {drop.upper:.1%})"
    )
    if fires:
        return f"The champion orders {count} leads worse than it says, {measured}."
    if drop.p_value <= 1.0 - confidence:
        return f"The champion is worse than it says, but by less than {floor:.1%}: {measured}."
    return f"No proof that the champion orders leads worse than it says: {measured}."
