"""Experiments."""

from __future__ import annotations

from collections.abc import Sequence

from google.protobuf.message import Message
from leadline.v1 import experiment_pb2 as pb

from core.errors import InvalidInput, Violation
from core.experiments.draft import ExperimentDraft
from core.experiments.experiment import (
    AllocationMode,
    ExperimentState,
    MetricKind,
    MetricRole,
    MetricSpec,
    StoredExperiment,
    Variant,
)
from core.experiments.metric_rules import MAX_METRICS
from core.experiments.rules import MAX_OVERRIDES, MAX_VARIANTS
from core.feedback.problems import Problems
from core.identifiers import VersionName
from core.ports import Clock
from core.version import LEAD_SCORE
from server.convert.durations import duration_from_wire, duration_to_wire
from server.convert.experiment_plan import SCALE_NUMBERS, plan_from_wire, plan_to_wire, scale_from_wire
from server.convert.times import time_from_wire, time_to_wire

_OUTPUT_ONLY = (
    "state",
    "holdout_percentage",
    "segment_start",
    "segment_end",
    "create_time",
    "stop_time",
    "winner",
    "stop_reason",
    "created_by",
)
_MODES = {pb.AllocationMode.Value(f"ALLOCATION_MODE_{mode.name}"): mode for mode in AllocationMode}
_MODE_NUMBERS = {mode: number for number, mode in _MODES.items()}
_STATE_NUMBERS = {state: pb.ExperimentState.Value(f"EXPERIMENT_STATE_{state.name}") for state in ExperimentState}
_KINDS = {pb.MetricKind.Value(f"METRIC_KIND_{kind.name}"): kind for kind in MetricKind}
_ROLES = {pb.MetricRole.Value(f"METRIC_ROLE_{role.name}"): role for role in MetricRole}
KIND_NUMBERS = {kind: number for number, kind in _KINDS.items()}
ROLE_NUMBERS = {role: number for number, role in _ROLES.items()}
_DIGITS = 10
"""Of a percentage: a share that came as one goes back as the same."""


def percentage(share: float) -> float:
    """Return a share as a percentage."""
    return round(100.0 * share, _DIGITS)


def draft_from_wire(wire: pb.Experiment) -> ExperimentDraft:
    """Return an experiment as it is asked for.

    Raises:
        InvalidInput: Names every field below ``experiment`` that cannot be read or must not be set.
    """
    _check_sizes(wire)
    problems = Problems()
    read = problems.of
    read(lambda: _check_output_only(wire), None)
    mode = read(lambda: _mode(wire.allocation_mode), AllocationMode.FIXED)
    no_metrics: tuple[MetricSpec, ...] = ()
    no_overrides: tuple[tuple[str, str], ...] = ()
    metrics = read(lambda: _metrics(wire.metrics), no_metrics)
    overrides = read(lambda: _overrides(wire.overrides), no_overrides)
    plan = read(lambda: plan_from_wire(wire.plan, "plan") if wire.HasField("plan") else None, None)
    window = read(
        lambda: (
            duration_from_wire(wire.conversion_window, "conversion_window")
            if wire.HasField("conversion_window")
            else None
        ),
        None,
    )
    start = read(lambda: time_from_wire(wire.start_time, "start_time") if wire.HasField("start_time") else None, None)
    end = read(lambda: time_from_wire(wire.end_time, "end_time") if wire.HasField("end_time") else None, None)
    scale = read(lambda: scale_from_wire(wire.effect_scale, "effect_scale"), None)
    try:
        problems.raise_found()
    except InvalidInput as problem:
        raise problem.under("experiment") from None
    return ExperimentDraft(
        name=wire.name,
        description=wire.description,
        variants=tuple(_variant(variant) for variant in wire.variants),
        mode=mode,
        salt=wire.salt,
        layer=wire.layer,
        traffic_share=wire.traffic_percentage / 100.0 if wire.traffic_percentage else 1.0,
        overrides=overrides,
        metrics=metrics,
        sticky=wire.sticky,
        model_kind=wire.model_kind or LEAD_SCORE,
        plan=plan,
        conversion_window=window,
        start_time=start,
        end_time=end,
        min_effect=wire.min_effect or None,
        effect_scale=scale,
    )


def experiment_to_wire(stored: StoredExperiment, clock: Clock) -> pb.Experiment:
    """Return an experiment as a message, complete, with its state as of now."""
    told = stored.experiment
    window, end, stop = told.conversion_window, told.end_time, stored.stop_time
    return pb.Experiment(
        name=told.name,
        description=told.description,
        variants=[_variant_to_wire(variant) for variant in told.variants],
        allocation_mode=_MODE_NUMBERS[told.mode],
        salt=told.salt or told.name,
        layer=told.layer,
        traffic_percentage=percentage(told.traffic_share),
        overrides=[pb.VariantOverride(unit_id=unit, variant=name) for unit, name in told.overrides.items()],
        metrics=[_metric_to_wire(metric) for metric in told.metrics],
        sticky=told.keeps_first,
        plan=None if told.plan is None else plan_to_wire(told.plan),
        conversion_window=None if window is None else duration_to_wire(window),
        start_time=time_to_wire(told.start_time),
        end_time=None if end is None else time_to_wire(end),
        min_effect=told.min_effect,
        effect_scale=SCALE_NUMBERS[told.effect_scale],
        state=_STATE_NUMBERS[stored.state(clock())],
        holdout_percentage=percentage(told.holdout_share),
        segment_start=stored.segment_start,
        segment_end=stored.segment_end,
        create_time=time_to_wire(stored.create_time),
        stop_time=None if stop is None else time_to_wire(stop),
        winner=stored.winner,
        stop_reason=stored.stop_reason,
        created_by=stored.created_by,
        model_kind=told.model_kind,
    )


def _check_sizes(wire: pb.Experiment) -> None:
    """Refuse before anything is built: thousands of variants are refused at the price of counting."""
    for field, most in (("variants", MAX_VARIANTS), ("overrides", MAX_OVERRIDES), ("metrics", MAX_METRICS)):
        count = len(getattr(wire, field))
        if count > most:
            raise InvalidInput.of(f"experiment.{field}", f"must have at most {most:,} entries, not {count:,}")


def _check_output_only(wire: pb.Experiment) -> None:
    found = [field for field in _OUTPUT_ONLY if _is_set(wire, field)]
    if wire.plan.HasField("days"):
        found.append("plan.days")
    if found:
        raise InvalidInput([Violation(field=field, rule="must be left out: it is output only") for field in found])


def _is_set(wire: Message, field: str) -> bool:
    return any(descriptor.name == field for descriptor, _ in wire.ListFields())


def _mode(number: pb.AllocationMode.ValueType) -> AllocationMode:
    found = AllocationMode.FIXED if number == pb.ALLOCATION_MODE_UNSPECIFIED else _MODES.get(number)
    if found is None:
        raise InvalidInput.of("allocation_mode", "must be FIXED or BANDIT")
    return found


def _variant(wire: pb.Variant) -> Variant:
    return Variant(
        name=wire.name,
        model_version=VersionName(wire.model_version),
        share=wire.traffic_percentage / 100.0,
        is_control=wire.is_control,
    )


def _variant_to_wire(variant: Variant) -> pb.Variant:
    return pb.Variant(
        name=variant.name,
        model_version=variant.model_version,
        traffic_percentage=percentage(variant.share),
        is_control=variant.is_control,
    )


def _overrides(wire: Sequence[pb.VariantOverride]) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for position, override in enumerate(wire):
        if override.unit_id in found:
            raise InvalidInput.of(f"overrides[{position}].unit_id", "must be there once")
        found[override.unit_id] = override.variant
    return tuple(found.items())


def _metrics(wire: Sequence[pb.ExperimentMetric]) -> tuple[MetricSpec, ...]:
    found: list[MetricSpec] = []
    wrong: list[Violation] = []
    for position, metric in enumerate(wire):
        kind, role = _KINDS.get(metric.kind), _ROLES.get(metric.role)
        if kind is None:
            wrong.append(Violation(field=f"metrics[{position}].kind", rule=_one_of(MetricKind)))
        if role is None:
            wrong.append(Violation(field=f"metrics[{position}].role", rule=_one_of(MetricRole)))
        if kind is not None and role is not None:
            found.append(MetricSpec(kind=kind, role=role, margin=metric.margin))
    if wrong:
        raise InvalidInput(wrong)
    return tuple(found)


def _one_of(kinds: type[MetricKind | MetricRole]) -> str:
    return f"must be one of {', '.join(kind.name for kind in kinds)}"


def _metric_to_wire(metric: MetricSpec) -> pb.ExperimentMetric:
    return pb.ExperimentMetric(kind=KIND_NUMBERS[metric.kind], role=ROLE_NUMBERS[metric.role], margin=metric.margin)
