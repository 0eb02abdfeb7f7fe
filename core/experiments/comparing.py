"""Every treatment beside the control, on every metric. Loads scipy."""

from __future__ import annotations

import math
from collections.abc import Container
from dataclasses import replace

from core.experiments.experiment import AllocationMode, Experiment, MetricKind, MetricRole, MetricSpec
from core.experiments.facts import Facts
from core.experiments.measuring import PROPORTIONS, Measured, hits_and_units, measure, moments_of
from core.experiments.plan import EffectScale
from core.experiments.results import AlwaysValid, Bayesian, Comparison, FixedHorizon, NonInferiority, PlainRule
from core.experiments.sequential.always_valid import always_valid
from core.experiments.sequential.looks import alpha_of, treatments_compared
from core.experiments.statistics.adjusted import adjust
from core.experiments.statistics.bayes import expected_loss, probability_better
from core.experiments.statistics.mean_test import UNKNOWN
from core.experiments.statistics.multiplicity import benjamini_hochberg, holm
from core.experiments.statistics.non_inferiority import non_inferior
from core.experiments.tally import VariantTally

PLAIN_UNITS = 100
PLAIN_LEVEL = 0.05
FEWEST_OF_MEANS = 100
"""Units of each arm below which a mean has no always-valid reading: it rests on the law of large numbers."""
_CONVERSION = MetricSpec(kind=MetricKind.CONVERSION, role=MetricRole.PRIMARY)


def compare_all(facts: Facts) -> tuple[Comparison, ...]:
    """Return a comparison for each treatment and metric, conversion first."""
    treatments = facts.stored.experiment.treatments
    found = [_compare(facts, one.name, spec) for spec in _specs(facts) for one in treatments]
    return tuple(_corrected(found, {one.name for one in treatments if facts.takes_part(one)}))


def least_p_values_of(facts: Facts) -> dict[str, float]:
    """Return the smallest always-valid p-values ever, with those of now, by ``treatment/metric``."""
    experiment, found = facts.stored.experiment, dict(facts.least_p_values)
    for spec in _specs(facts):
        for treatment in experiment.treatments:
            reading = always_valid_of(facts, treatment.name, spec.kind, _measured(facts, treatment.name, spec))
            if reading is not None:
                found[least_key(treatment.name, spec.kind)] = reading.p_value
    return found


def least_key(treatment: str, metric: MetricKind) -> str:
    """Return under which key the smallest always-valid p-value is kept."""
    return f"{treatment}/{metric.value}"


def smallest_that_matters(experiment: Experiment, control_value: float) -> float:
    """Return the least effect that matters, as a difference; 0 if it is relative to a control of 0."""
    scale = 1.0 if experiment.effect_scale is EffectScale.ABSOLUTE else abs(control_value)
    return experiment.min_effect * scale


def _specs(facts: Facts) -> tuple[MetricSpec, ...]:
    return _CONVERSION, *(spec for spec in facts.stored.experiment.metrics if spec != _CONVERSION)


def _measured(facts: Facts, name: str, spec: MetricSpec) -> Measured:
    experiment = facts.stored.experiment
    weighted = experiment.mode is AllocationMode.BANDIT
    return measure(spec.kind, facts.tally(name), facts.tally(experiment.control.name), weighted=weighted)


def _compare(facts: Facts, name: str, spec: MetricSpec) -> Comparison:
    experiment = facts.stored.experiment
    treatment, control = facts.tally(name), facts.tally(experiment.control.name)
    weighted = experiment.mode is AllocationMode.BANDIT
    measured = _measured(facts, name, spec)
    looks = [look for look in facts.looks if look.treatment == name] if spec == _CONVERSION else []
    found = Comparison(
        treatment=name,
        control=experiment.control.name,
        metric=spec.kind,
        role=spec.role,
        treatment_value=measured.treatment.value,
        control_value=measured.control.value,
        difference=measured.difference,
        relative_difference=_relative(measured),
        fixed_horizon=_fixed_horizon(experiment, spec, measured),
        look=looks[-1] if looks else None,
        crossed=any(look.crossed for look in looks),
        always_valid=always_valid_of(facts, name, spec.kind, measured),
        bayesian=_bayesian(spec.kind, treatment, control),
        adjusted=None if weighted else adjust(moments_of(spec.kind, treatment), moments_of(spec.kind, control)),
        non_inferiority=_non_inferiority(spec, measured),
    )
    return replace(found, note=" ".join(_notes(found, measured, weighted=weighted)))


def _relative(measured: Measured) -> float | None:
    if not measured.control.value:
        return None
    relative = measured.difference / measured.control.value
    return relative if math.isfinite(relative) else None


def _fixed_horizon(experiment: Experiment, spec: MetricSpec, measured: Measured) -> FixedHorizon:
    return FixedHorizon(
        statistic=measured.statistic,
        p_value=measured.p_value,
        adjusted_p_value=measured.p_value,
        interval=measured.interval,
        textbook_interval=measured.textbook_interval,
        plain_rule=_plain_rule(experiment, measured) if spec.kind in PROPORTIONS else None,
    )


def _plain_rule(experiment: Experiment, measured: Measured) -> PlainRule:
    wanted = smallest_that_matters(experiment, measured.control.value)
    return PlainRule(
        enough_units=min(measured.treatment.count, measured.control.count) >= PLAIN_UNITS,
        significant=measured.p_value < PLAIN_LEVEL,
        large_enough=bool(measured.difference) and abs(measured.difference) >= wanted,
    )


def always_valid_of(facts: Facts, name: str, kind: MetricKind, measured: Measured) -> AlwaysValid | None:
    """Return the reading of a treatment on a metric that holds at any moment; None if too little is known."""
    experiment = facts.stored.experiment
    few = min(measured.treatment.count, measured.control.count)
    if measured.spread >= UNKNOWN or (kind not in PROPORTIONS and few < FEWEST_OF_MEANS):
        return None
    found = always_valid(
        measured.difference,
        measured.spread,
        measured.treatment.count + measured.control.count,
        alpha=alpha_of(experiment),
        # The two arms hold as much of the horizon as of the shares, near enough.
        horizon_units=_horizon_of_two(experiment),
        least=facts.least_p_values.get(least_key(name, kind), 1.0),
    )
    if kind not in PROPORTIONS:
        return found
    inside = replace(found.interval, lower=max(-1.0, found.interval.lower), upper=min(1.0, found.interval.upper))
    return replace(found, interval=inside)


def _horizon_of_two(experiment: Experiment) -> int:
    """Return the units of a treatment and the control at the horizon, had all treatments as many; 0 without a plan."""
    plan, treatments = experiment.plan, len(treatments_compared(experiment))
    return 0 if plan is None or not treatments else math.ceil(plan.horizon_units * 2 / (treatments + 1))


def _bayesian(kind: MetricKind, treatment: VariantTally, control: VariantTally) -> Bayesian | None:
    if kind not in PROPORTIONS:
        return None
    counts = *hits_and_units(kind, treatment), *hits_and_units(kind, control)
    return Bayesian(probability_better=probability_better(*counts), expected_loss=expected_loss(*counts))


def _non_inferiority(spec: MetricSpec, measured: Measured) -> NonInferiority | None:
    """Return the test of treatment - (1 - margin) control > 0: the control's value is itself an estimate.

    None where the control has nothing to lose; an arm that was not measured leaves it unknown.
    """
    tolerated = spec.margin * abs(measured.control.value)
    if spec.role is not MetricRole.GUARDRAIL:
        return None
    if not (measured.treatment.count and measured.control.count):
        return non_inferior(0.0, UNKNOWN, -tolerated or 0.0)
    if not tolerated > 0.0:
        return None
    error = min(UNKNOWN, math.hypot(measured.treatment.spread, (1.0 - spec.margin) * measured.control.spread))
    return non_inferior(measured.difference, error, -tolerated)


def _notes(found: Comparison, measured: Measured, *, weighted: bool) -> list[str]:
    notes = []
    if not (measured.treatment.count and measured.control.count):
        notes.append("One of the arms has no units to measure.")
    significant = measured.p_value < PLAIN_LEVEL
    holds_zero = measured.interval.lower <= 0.0 <= measured.interval.upper
    if significant and holds_zero:
        notes.append("The test says p < 0.05 though its interval holds 0: it is on the edge, do not build on it.")
    if not significant and not holds_zero:
        notes.append("The interval leaves out 0 though p is not below 0.05: it is on the edge, do not build on it.")
    if found.always_valid is None and measured.treatment.count and measured.control.count:
        notes.append("Too few units, or nothing that varies, for a reading that holds at any moment.")
    if found.role is MetricRole.GUARDRAIL and found.non_inferiority is None:
        notes.append("The control's value is 0: there is nothing to lose.")
    if weighted and found.metric is MetricKind.CONVERSION:
        notes.append("Shares moved: each unit is weighted by one over the chance it had; the Bayesian view is not.")
    elif weighted:
        notes.append("Shares moved and units are not weighted here: read it with care.")
    return notes


def _corrected(comparisons: list[Comparison], names: Container[str]) -> list[Comparison]:
    """Return them with p-values corrected over the metrics and treatments of their role.

    Guardrails are left alone, and so are treatments that take no part: what is not tested costs the others nothing.
    """
    for role, correct in ((MetricRole.PRIMARY, holm), (MetricRole.SECONDARY, benjamini_hochberg)):
        places = [place for place, one in enumerate(comparisons) if one.role is role and one.treatment in names]
        adjusted = correct([comparisons[place].fixed_horizon.p_value for place in places])
        for place, p_value in zip(places, adjusted, strict=True):
            one = comparisons[place]
            comparisons[place] = replace(one, fixed_horizon=replace(one.fixed_horizon, adjusted_p_value=p_value))
    return comparisons
