"""Whether to train anew: every trigger read, and what holds a run back."""

from __future__ import annotations

from datetime import timedelta

from core.registry.retraining.calibration import calibration
from core.registry.retraining.evidence import PolicyInputs, RetrainingVerdict
from core.registry.retraining.performance import performance
from core.registry.retraining.rules import RetrainingRules
from core.registry.retraining.triggers import SAMPLES, age, drift, new_labels, samples
from core.registry.training_run import TriggerReading

_DAY = timedelta(days=1)
_NOTHING_SERVES = "No version serves."


def decide(inputs: PolicyInputs, rules: RetrainingRules) -> RetrainingVerdict:
    """Say whether to train, and why.

    AGE, NEW_LABELS, PERFORMANCE, DRIFT and CALIBRATION each suffice, if there are enough labels (SAMPLES) and at least
    one came since the champion was made. Without a champion SAMPLES alone suffices. A run is held back by the shortest
    time between runs, by the most runs in a day, and until ``rules.min_new_labels`` came since the last run that ended
    with a decision: the same labels would end in the same decision.

    Whoever forces a run does not ask here for leave, but may keep the readings.
    """
    readings = _readings(inputs, rules)
    wanted = _wanted(inputs, readings)
    obstacle = _obstacle(inputs, rules, readings) if wanted else None
    if not wanted:
        reason = "No trigger fires."
    elif obstacle is None:
        reason = wanted
    else:
        reason = f"{wanted} Held back: {obstacle}"
    return RetrainingVerdict(retrain=bool(wanted) and obstacle is None, reason=reason, triggers=readings)


def _readings(inputs: PolicyInputs, rules: RetrainingRules) -> tuple[TriggerReading, ...]:
    return (
        age(inputs, rules),
        new_labels(inputs, rules),
        performance(inputs.served, champion_f1=inputs.champion_f1, threshold=inputs.champion_threshold, rules=rules),
        drift(inputs),
        calibration(inputs.served, rules=rules),
        samples(inputs, rules),
    )


def _wanted(inputs: PolicyInputs, readings: tuple[TriggerReading, ...]) -> str:
    """Return why a version is wanted, as sentences; "" if none is."""
    if inputs.champion_time is None:
        return _NOTHING_SERVES
    firing = [f"{reading.name}: {reading.message}" for reading in readings if reading.fires and reading.name != SAMPLES]
    return " ".join(firing)


def _obstacle(inputs: PolicyInputs, rules: RetrainingRules, readings: tuple[TriggerReading, ...]) -> str | None:
    """Return what holds a run back, as a sentence."""
    enough = next(reading for reading in readings if reading.name == SAMPLES)
    if not enough.fires:
        return f"too few labels: {enough.message}"
    if inputs.champion_time is not None and inputs.new_label_count < 1:
        return "no label came since the champion was made: the same labels would make the same version."
    return _known(inputs, rules) or _too_soon(inputs, rules)


def _known(inputs: PolicyInputs, rules: RetrainingRules) -> str | None:
    # Not the difference of two counts: labels leave as well, when feedback or leads are removed.
    since = inputs.new_since_last_decision
    if since is None or since >= rules.min_new_labels:
        return None
    return (
        f"the last run saw all but {since} of these labels; {rules.min_new_labels} new ones could change "
        "what it decided."
    )


def _too_soon(inputs: PolicyInputs, rules: RetrainingRules) -> str | None:
    if not inputs.run_times:
        return None
    newest = max(inputs.run_times)
    if inputs.now - newest < rules.min_spacing:
        return f"a run was asked for at {newest:%Y-%m-%d %H:%M} UTC, and runs are {rules.min_spacing} apart."
    today = sum(inputs.now - time < _DAY for time in inputs.run_times)
    if today >= rules.max_runs_per_day:
        return f"{today} runs were asked for within a day, and {rules.max_runs_per_day} are allowed."
    return None
