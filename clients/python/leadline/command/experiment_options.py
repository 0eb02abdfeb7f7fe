"""From the options of ``leadline experiments`` to an experiment and its plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from leadline.experiment import Experiment, ExperimentMetric, Variant
    from leadline.experiment_plan import ExperimentPlan

_METRICS: Final = ("conversion", "contact_success", "conversion_value", "mean_score", "conversions_per_lead")
_ROLES: Final = ("primary", "secondary")


def experiment_of(name: str, given: Mapping[str, Any]) -> Experiment:
    """Return the experiment that the options of ``create`` say.

    Args:
        name: Of the experiment.
        given: Options that were given, by the names of their parameters.

    Raises:
        click.UsageError: If they do not make one.
    """
    from leadline.experiment import AllocationMode, Experiment  # noqa: PLC0415 - loads gRPC
    from leadline.experiment_plan import EffectScale  # noqa: PLC0415 - loads gRPC

    if not name or "variants" not in given or "control" not in given:
        raise click.UsageError("give NAME, --variant twice or more, and --control; or --file")
    days = given.get("window_days")
    return Experiment(
        name=name,
        variants=_variants(given["variants"], given["control"]),
        description=given.get("description", ""),
        allocation_mode=AllocationMode.BANDIT if given.get("bandit") else AllocationMode.FIXED,
        salt=given.get("salt", ""),
        layer=given.get("layer", ""),
        traffic_percentage=given.get("traffic", 100.0),
        overrides=dict(_pair(text, "--override", "UNIT=VARIANT") for text in given.get("overrides", ())),
        metrics=_metrics(given),
        sticky=given.get("sticky", False),
        model_kind=given.get("model_kind", "lead_score"),
        plan=_planned(given),
        conversion_window=None if days is None else timedelta(days=days),
        start_time=given.get("start"),
        end_time=given.get("end"),
        min_effect=given.get("min_effect", 0.0),
        effect_scale=EffectScale(given["scale"]) if "scale" in given else None,
    )


def _variants(texts: tuple[str, ...], control: str) -> tuple[Variant, ...]:
    from leadline.experiment import Variant  # noqa: PLC0415 - loads gRPC

    found = []
    for text in texts:
        name, rest = _pair(text, "--variant", "NAME=VERSION:PERCENT")
        version, colon, percent = rest.rpartition(":")
        if not colon:
            raise click.BadParameter(f"{text!r} must be NAME=VERSION:PERCENT", param_hint="--variant")
        share = number(percent, "--variant")
        found.append(Variant(name=name, model_version=version, traffic_percentage=share, is_control=name == control))
    if control not in {variant.name for variant in found}:
        raise click.BadParameter(f"{control!r} must be the name of a variant", param_hint="--control")
    return tuple(found)


def _metrics(given: Mapping[str, Any]) -> tuple[ExperimentMetric, ...]:
    from leadline.experiment import ExperimentMetric, MetricKind, MetricRole  # noqa: PLC0415 - loads gRPC

    found = []
    for text in given.get("metrics", ()):
        kind, _, role = text.partition(":")
        chosen = _one_of(role or "secondary", _ROLES, "--metric")
        found.append(ExperimentMetric(kind=MetricKind(_one_of(kind, _METRICS, "--metric")), role=MetricRole(chosen)))
    for text in given.get("guardrails", ()):
        kind, _, margin = text.partition(":")
        found.append(
            ExperimentMetric(
                kind=MetricKind(_one_of(kind, _METRICS, "--guardrail")),
                role=MetricRole.GUARDRAIL,
                margin=number(margin, "--guardrail"),
            )
        )
    return tuple(found)


def _planned(given: Mapping[str, Any]) -> ExperimentPlan | None:
    wanted = {key.removeprefix("plan_"): value for key, value in given.items() if key.startswith("plan_")}
    if wanted and "effect" not in wanted:
        raise click.UsageError("a plan needs --plan-effect")
    return plan_of(**wanted) if wanted else None


def plan_of(
    *,
    effect: float,
    scale: str | None = None,
    baseline: float | None = None,
    alpha: float | None = None,
    power: float | None = None,
    looks: int | None = None,
    units: int | None = None,
    units_per_day: float | None = None,
) -> ExperimentPlan:
    """Return a plan; what is None is left to the server."""
    from leadline.experiment_plan import EffectScale, ExperimentPlan  # noqa: PLC0415 - loads gRPC

    return ExperimentPlan(
        baseline_rate=baseline or 0.0,
        min_effect=effect,
        effect_scale=EffectScale(scale or "relative"),
        alpha=alpha or 0.0,
        power=power or 0.0,
        look_count=looks or 0,
        horizon_units=units or 0,
        units_per_day=units_per_day or 0.0,
    )


def _pair(text: str, option: str, form: str) -> tuple[str, str]:
    # A unit may hold "=", a name may not: of an override the last sign counts, of a variant the first.
    name, found, rest = text.rpartition("=") if option == "--override" else text.partition("=")
    if not (name and found and rest):
        raise click.BadParameter(f"{text!r} must be {form}", param_hint=option)
    return name, rest


def _one_of(text: str, known: tuple[str, ...], option: str) -> str:
    if text not in known:
        raise click.BadParameter(f"{text!r} must be one of {', '.join(known)}", param_hint=option)
    return text


def number(text: str, option: str) -> float:
    """Return a number.

    Raises:
        click.BadParameter: If it is none; names the option.
    """
    try:
        return float(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} must be a number", param_hint=option) from None
