"""What people see of the results of an experiment: first what to do, then why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadline.command.screen import console, moment, safe, table
from leadline.experiment import MetricKind, MetricRole
from leadline.experiment_result import RecommendationCode, TrustStatus

if TYPE_CHECKING:
    from rich.text import Text

    from leadline.experiment_reading import FixedHorizonReading, NonInferiorityReading, SequentialReading
    from leadline.experiment_result import (
        Comparison,
        ExperimentProgress,
        ExperimentResults,
        TrustCheck,
        VariantResult,
    )
    from leadline.score import Interval

_COLOURS: Final = {
    RecommendationCode.SHIP_TREATMENT: "green",
    RecommendationCode.FIX_ALLOCATION: "red",
    RecommendationCode.UNDERPOWERED: "yellow",
}
_TRUST_COLOURS: Final = {TrustStatus.FAILED: "red", TrustStatus.WARNING: "yellow"}
_SHARES: Final = (MetricKind.CONVERSION, MetricKind.CONTACT_SUCCESS, MetricKind.CONVERSIONS_PER_LEAD)
_POINTS: Final = " points"
_SMALL_P: Final = 0.0001
_ENDLESS: Final = 1e90
"""A server says 1e100 where nothing is known yet."""


def show_results(results: ExperimentResults) -> None:
    """Print what is known of an experiment."""
    screen = console()
    found = results.recommendation
    colour = _COLOURS.get(found.code, "")
    screen.print(safe(f"{found.code.name}: {found.sentence}", f"bold {colour}".strip()))
    head = f"{results.experiment.name}, {results.experiment.state.value}, as of {moment(results.result_time)}"
    screen.print(safe(f"{head}. {_progress(results.progress)}"))
    screen.print()
    columns = ("Variant", "Version", "Traffic", "Units", "Converted", "Rate", "Mean score", "Leads", "Best")
    screen.print(table(columns, map(_variant, results.variants), right=columns[2:]))
    for comparison in results.comparisons:
        screen.print()
        screen.print(safe(_headline(comparison), "bold"))
        decides = results.experiment.plan is not None
        screen.print(table(("Reading", "Difference", "Figures", "Says"), _readings(comparison, planned=decides)))
        if comparison.note:
            screen.print(safe(f"Note: {comparison.note}", "yellow"))
    screen.print()
    screen.print(table(("Trust check", "Found", "What"), map(_trust, results.trust_checks)))


def _progress(progress: ExperimentProgress) -> str:
    units = f"{progress.unit_count:,} units"
    if progress.horizon_units:
        units += f" of {progress.horizon_units:,} ({progress.information:.0%})"
    left = "" if progress.days_left is None else f", {progress.days_left:,.1f} days left"
    return f"{units}, {progress.units_per_day:,.1f} a day{left}."


def _variant(one: VariantResult) -> tuple[str, ...]:
    between = one.conversion_interval
    told = "" if between is None else f" ({between.lower:.2%} to {between.upper:.2%})"
    return (
        *(f"{one.variant} (control)" if one.is_control else one.variant, one.model_version),
        *(f"{one.traffic_percentage:g} %", f"{one.unit_count:,}", f"{one.converted_count:,}"),
        f"{one.conversion_rate:.2%}{told}",
        *("" if one.mean_score is None else f"{one.mean_score:.1f}", f"{one.lead_count:,}"),
        f"{one.probability_best:.1%}",
    )


def _headline(one: Comparison) -> str:
    values = f"{_value(one.treatment_value, one.metric)} against {_value(one.control_value, one.metric)}"
    relative = "" if one.relative_difference is None else f" ({one.relative_difference:+.1%})"
    difference = f"{_signed(one.difference, one.metric)}{relative}"
    name = one.metric.value.replace("_", " ")
    return f"{one.treatment} beside {one.control}, {name} ({one.role.value}): {values}, {difference}"


def _readings(one: Comparison, *, planned: bool) -> list[tuple[str, ...]]:
    primary = one.metric is MetricKind.CONVERSION and one.role is MetricRole.PRIMARY
    rows: list[tuple[str, ...]] = []
    if one.sequential is not None:
        name = "planned horizon (decides)" if primary and planned else "planned horizon"
        rows.append((name, _range(one.sequential.interval, one.metric), *_sequential(one.sequential)))
    if one.always_valid is not None:
        name = "always valid (decides)" if primary and not planned else "always valid"
        says = "leaves out 0" if one.always_valid.excludes_zero else "holds 0"
        rows.append((name, _range(one.always_valid.interval, one.metric), _p(one.always_valid.p_value), says))
    if one.fixed_horizon is not None:
        rows.extend(_fixed(one.fixed_horizon, one.metric, one.role))
    if one.adjusted is not None:
        gone = f"{one.adjusted.variance_reduction:.1%} of the variance gone"
        figures = f"{_signed(one.adjusted.difference, one.metric)}, {_p(one.adjusted.p_value)}"
        rows.append(("score before exposure taken out", _range(one.adjusted.interval, one.metric), figures, gone))
    if one.bayesian is not None:
        loss = f"choosing it loses {_signed(one.bayesian.expected_loss, one.metric).lstrip('+')} on average"
        rows.append(("Bayesian", "", f"better with {one.bayesian.probability_better:.1%}", loss))
    if one.non_inferiority is not None:
        rows.append(_guardrail(one.non_inferiority, one.metric))
    return rows


def _sequential(reading: SequentialReading) -> tuple[str, str]:
    figures = (
        f"look {reading.look} at {reading.information:.0%}: z {reading.statistic:+.3f}, boundary {reading.boundary:.3f}"
    )
    spent = f"{reading.alpha_spent:.1%} of alpha spent"
    return figures, f"{'crossed' if reading.crossed else 'not crossed'}, {spent}"


def _fixed(reading: FixedHorizonReading, metric: MetricKind, role: MetricRole) -> list[tuple[str, ...]]:
    name = "z" if reading.textbook_interval is not None else "t"
    corrected = "" if role is MetricRole.GUARDRAIL else f", corrected {_p(reading.adjusted_p_value)}"
    figures = f"{name} {reading.statistic:+.3f}, {_p(reading.p_value)}{corrected}"
    rows: list[tuple[str, ...]] = [("one look only", _range(reading.interval, metric), figures, "does not decide")]
    if reading.textbook_interval is not None:
        rows.append(("textbook (Wald)", _range(reading.textbook_interval, metric), "", "does not decide"))
    if reading.plain_rule is not None:
        rule = reading.plain_rule
        parts = (("100 units", rule.enough_units), ("p < 0.05", rule.significant), ("effect", rule.large_enough))
        told = ", ".join(f"{name} {'yes' if holds else 'no'}" for name, holds in parts)
        rows.append(("plain rule", "", told, f"{'met' if rule.met else 'not met'}; does not decide"))
    return rows


def _guardrail(reading: NonInferiorityReading, metric: MetricKind) -> tuple[str, ...]:
    lower = "not known" if abs(reading.lower) > _ENDLESS else f"from {_signed(reading.lower, metric)}"
    figures = f"margin {_signed(reading.margin, metric)}, {_p(reading.p_value)}"
    return "guardrail", lower, figures, reading.state.value.replace("_", " ")


def _trust(check: TrustCheck) -> tuple[str | Text, ...]:
    found = safe(check.status.value.replace("_", " "), _TRUST_COLOURS.get(check.status, ""))
    return check.name, found, check.message


def _range(between: Interval | None, metric: MetricKind) -> str:
    if between is None:
        return ""
    if max(abs(between.lower), abs(between.upper)) > _ENDLESS:
        return "not known"
    return f"{_signed(between.lower, metric).removesuffix(_POINTS)} to {_signed(between.upper, metric)}"


def _p(value: float) -> str:
    return f"p {value:.4f}" if value >= _SMALL_P else f"p < {_SMALL_P:.4f}"


def _value(value: float, metric: MetricKind) -> str:
    return f"{value:.2%}" if metric in _SHARES else f"{value:,.2f}"


def _signed(value: float, metric: MetricKind) -> str:
    return f"{100 * value:+.2f}{_POINTS}" if metric in _SHARES else f"{value:+,.2f}"
