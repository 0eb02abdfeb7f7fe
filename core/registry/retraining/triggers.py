"""Triggers that are facts: age, labels, and what the drift check found."""

from __future__ import annotations

from datetime import timedelta

from core.registry.retraining.evidence import PolicyInputs
from core.registry.retraining.rules import RetrainingRules
from core.registry.training_run import TriggerReading

AGE = "AGE"
NEW_LABELS = "NEW_LABELS"
SAMPLES = "SAMPLES"
DRIFT = "DRIFT"

_DAY = timedelta(days=1)


def age(inputs: PolicyInputs, rules: RetrainingRules) -> TriggerReading:
    """Read the champion's age in days; without a champion it does not fire."""
    limit = rules.oldest / _DAY
    if inputs.champion_time is None:
        return _fact(AGE, 0.0, limit, fires=False, message="No version serves.")
    days = max(0.0, (inputs.now - inputs.champion_time) / _DAY)
    message = f"The champion is {days:.1f} days old; {limit:g} are allowed."
    return _fact(AGE, days, limit, fires=days > limit, message=message)


def new_labels(inputs: PolicyInputs, rules: RetrainingRules) -> TriggerReading:
    """Read the number of labels that matured since the champion was made."""
    count, least = inputs.new_label_count, rules.min_new_labels
    message = f"{count} labels since the champion was made; {least} ask for training."
    return _fact(NEW_LABELS, count, least, fires=count >= least, message=message)


def samples(inputs: PolicyInputs, rules: RetrainingRules) -> TriggerReading:
    """Read the number of labels: "fires" says that there are enough to train on, and outcomes to measure on."""
    count, least = inputs.label_count, rules.min_samples
    enough = count >= least
    message = f"{count} labels, {inputs.outcome_count} of them outcomes; {least} are needed."
    return TriggerReading(
        name=SAMPLES,
        fires=enough and inputs.outcome_count > 0,
        raw_rule_fires=enough,
        value=float(count),
        threshold=float(least),
        message=message,
    )


def drift(inputs: PolicyInputs) -> TriggerReading:
    """Read the newest drift check, which has asked for evidence and for a size that matters itself.

    A check made before the champion speaks of another version and does not count.
    """
    found = inputs.drift
    if found is None:
        return _fact(DRIFT, 0.0, 1.0, fires=False, message="No drift check was made yet.")
    if inputs.champion_time is not None and found.check_time < inputs.champion_time:
        return _fact(DRIFT, 0.0, 1.0, fires=False, message="The newest drift check is older than the champion.")
    drifted = len(found.drifted_features) + int(found.score_drifted)
    return _fact(DRIFT, drifted, 1.0, fires=drifted > 0, message=found.message)


def _fact(name: str, value: float, threshold: float, *, fires: bool, message: str) -> TriggerReading:
    return TriggerReading(
        name=name,
        fires=fires,
        raw_rule_fires=fires,
        value=float(value),
        threshold=float(threshold),
        message=message,
    )
