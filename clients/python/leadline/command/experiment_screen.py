"""What people see of experiments and their plans."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from leadline.command.screen import console, moment, safe, table
from leadline.experiment_plan import EffectScale

if TYPE_CHECKING:
    from leadline.experiment import Experiment, ExperimentMetric
    from leadline.experiment_plan import AaTest, ExperimentPlan, PlanAnswer


def show_list(experiments: Iterable[Experiment]) -> None:
    """Print one line for each experiment."""
    rows = [
        (
            *(one.name, one.state.value, moment(one.start_time), moment(one.stop_time or one.end_time)),
            *(", ".join(f"{v.name} {v.traffic_percentage:g} %" for v in one.variants), one.winner, one.description),
        )
        for one in experiments
    ]
    console().print(table(("Experiment", "State", "From", "To", "Variants", "Winner", "What"), rows))


def show_experiment(experiment: Experiment) -> None:
    """Print how an experiment was set."""
    screen = console()
    screen.print(safe(f"{experiment.name} ({experiment.state.value})", "bold"))
    segments = f"{experiment.segment_start:,} to {experiment.segment_end:,} of 10,000"
    where = f"layer {experiment.layer}, segments {segments}" if experiment.layer else "a layer of its own"
    effect = experiment.min_effect, experiment.effect_scale
    facts = [
        ("what", experiment.description),
        ("from", moment(experiment.start_time)),
        ("to", _end(experiment)),
        ("takes part", f"{experiment.traffic_percentage:g} % of the units of {where}"),
        ("holdout", f"{experiment.holdout_percentage:g} % of all units take part in nothing"),
        ("split", f"{experiment.allocation_mode.value}{', sticky' if experiment.sticky else ''}"),
        ("conversions", _window(experiment.conversion_window)),
        ("effect that matters", _effect(*effect)),
        ("also measured", "; ".join(map(_metric, experiment.metrics)) or "nothing but conversion"),
        ("testers", f"{len(experiment.overrides):,}"),
        ("plan", _plan(experiment.plan)),
        ("salt", experiment.salt),
        ("created", f"{moment(experiment.create_time)} by {experiment.created_by}"),
    ]
    screen.print(table(("", ""), facts))
    rows = [
        (v.name, v.model_version, f"{v.traffic_percentage:g} %", "control" if v.is_control else "")
        for v in experiment.variants
    ]
    screen.print(table(("Variant", "Version", "Traffic", ""), rows, right=("Traffic",)))


def show_plan(answer: PlanAnswer) -> None:
    """Print what a test needs."""
    plan = answer.plan
    screen = console()
    days = "unknown: no traffic is known" if plan.days is None else f"{plan.days:,.1f}"
    facts = [
        ("to be found", f"{_effect(plan.min_effect, plan.effect_scale)}, from {plan.baseline_rate:.2%}"),
        ("errors", f"false alarm {plan.alpha:.1%}, found {plan.power:.0%} of the time, {plan.look_count} looks"),
        ("units at the end", f"{plan.horizon_units:,} ({', '.join(f'{n:,}' for n in answer.variant_units)})"),
        ("units on average", f"{answer.expected_units:,.0f} if the effect is as planned"),
        ("units of one test at the end", f"{answer.fixed_horizon_units:,}"),
        ("units a day", f"{plan.units_per_day:,.1f}" if plan.units_per_day else "unknown"),
        ("days", f"{days}{' - too long' if answer.too_long else ''}"),
    ]
    if answer.detectable_effect is not None:
        facts.append(("found in the time there is", _effect(answer.detectable_effect, plan.effect_scale)))
    screen.print(table(("", ""), facts))
    if answer.aa_test is not None:
        _show_aa(answer.aa_test)
    for warning in answer.warnings:
        screen.print(safe(f"Note: {warning.message}", "yellow"))


def _show_aa(test: AaTest) -> None:
    between = test.false_positive_interval
    told = "" if between is None else f" ({between.lower:.1%} to {between.upper:.1%})"
    screen = console()
    screen.print(safe("Tests without an effect, played on your own leads", "bold"))
    facts = [
        ("tests", f"{test.runs:,} of {test.lead_count:,} leads, {test.conversion_rate:.2%} of which converted"),
        ("false alarms", f"{test.false_positive_rate:.1%}{told}"),
        ("of a plain z-test, looked at as often", f"{test.peeking_false_positive_rate:.1%}"),
        ("split found to be wrong", f"{test.sample_ratio_mismatch_rate:.1%}"),
    ]
    screen.print(table(("", ""), facts))


def _end(experiment: Experiment) -> str:
    if experiment.stop_time is None:
        return moment(experiment.end_time) or "until it is stopped"
    won = f", {experiment.winner} won" if experiment.winner else ""
    why = f": {experiment.stop_reason}" if experiment.stop_reason else ""
    return f"stopped {moment(experiment.stop_time)}{won}{why}"


def _window(length: timedelta | None) -> str:
    if length is None:
        return "count until the experiment is over"
    return f"count within {length / timedelta(days=1):g} days of the exposure"


def _metric(metric: ExperimentMetric) -> str:
    if metric.margin:
        return f"{metric.kind.value} ({metric.role.value}, may lose {metric.margin:.1%})"
    return f"{metric.kind.value} ({metric.role.value})"


def _plan(plan: ExperimentPlan | None) -> str:
    if plan is None:
        return "none: the always-valid interval decides"
    days = "" if plan.days is None else f", about {plan.days:,.0f} days"
    found = _effect(plan.min_effect, plan.effect_scale)
    return f"{found} from {plan.baseline_rate:.2%}, {plan.horizon_units:,} units, {plan.look_count} looks{days}"


def _effect(size: float, scale: EffectScale | None) -> str:
    if scale is EffectScale.ABSOLUTE:
        return f"{100 * size:.4g} points"
    return f"{100 * size:.4g} % of the control's rate"
