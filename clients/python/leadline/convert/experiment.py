"""Experiments on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from leadline.convert.durations import duration_from_wire, duration_to_wire
from leadline.convert.enums import enum_number, enum_table
from leadline.convert.experiment_plan import SCALES, plan_from_wire, plan_to_wire
from leadline.convert.times import time_from_wire, time_to_wire
from leadline.errors import InvalidRequest, Violation
from leadline.experiment import (
    AllocationMode,
    AssignedVariant,
    AssignmentReason,
    Experiment,
    ExperimentMetric,
    ExperimentState,
    MetricKind,
    MetricRole,
    Variant,
)
from leadline.experiment_plan import EffectScale
from leadline.v1 import experiment_pb2 as pb
from leadline.v1 import experiment_service_pb2

if TYPE_CHECKING:
    from datetime import datetime

    from google.protobuf.timestamp_pb2 import Timestamp

METRICS: Final = enum_table(pb.MetricKind.items(), "METRIC_KIND_", MetricKind)
ROLES: Final = enum_table(pb.MetricRole.items(), "METRIC_ROLE_", MetricRole)
_MODES: Final = enum_table(pb.AllocationMode.items(), "ALLOCATION_MODE_", AllocationMode)
_STATES: Final = enum_table(pb.ExperimentState.items(), "EXPERIMENT_STATE_", ExperimentState)
_REASONS: Final = enum_table(experiment_service_pb2.AssignmentReason.items(), "ASSIGNMENT_REASON_", AssignmentReason)


def experiment_to_wire(experiment: Experiment) -> pb.Experiment:
    """Return an experiment as a message, without what only the server fills in.

    Raises:
        InvalidRequest: If a field has a type or value that the wire cannot carry; the server checks the rest.
    """
    try:
        wire = pb.Experiment(
            name=experiment.name,
            description=experiment.description,
            variants=map(_variant_to_wire, experiment.variants),
            allocation_mode=cast(
                "pb.AllocationMode.ValueType",
                enum_number(_MODES, experiment.allocation_mode, "experiment.allocation_mode"),
            ),
            salt=experiment.salt,
            layer=experiment.layer,
            traffic_percentage=experiment.traffic_percentage,
            overrides=[
                pb.VariantOverride(unit_id=unit, variant=variant) for unit, variant in experiment.overrides.items()
            ],
            metrics=[_metric_to_wire(metric, at) for at, metric in enumerate(experiment.metrics)],
            sticky=experiment.sticky,
            model_kind=experiment.model_kind,
            plan=None if experiment.plan is None else plan_to_wire(experiment.plan, "experiment.plan"),
            min_effect=experiment.min_effect,
        )
    except (TypeError, ValueError, OverflowError, AttributeError) as problem:
        raise _invalid("experiment", f"must fit: {problem}") from problem
    if experiment.effect_scale is not None:
        scale = enum_number(SCALES, experiment.effect_scale, "experiment.effect_scale")
        wire.effect_scale = cast("pb.EffectScale.ValueType", scale)
    if experiment.conversion_window is not None:
        wire.conversion_window.CopyFrom(duration_to_wire(experiment.conversion_window))
    _put_time(wire.start_time, experiment.start_time, "experiment.start_time")
    _put_time(wire.end_time, experiment.end_time, "experiment.end_time")
    return wire


def experiment_from_wire(wire: pb.Experiment) -> Experiment:
    """Return a message as an experiment."""
    has = wire.HasField
    return Experiment(
        name=wire.name,
        variants=tuple(map(_variant_from_wire, wire.variants)),
        description=wire.description,
        allocation_mode=_MODES.get(wire.allocation_mode, AllocationMode.UNKNOWN),
        salt=wire.salt,
        layer=wire.layer,
        traffic_percentage=wire.traffic_percentage,
        overrides={one.unit_id: one.variant for one in wire.overrides},
        metrics=tuple(map(_metric_from_wire, wire.metrics)),
        sticky=wire.sticky,
        model_kind=wire.model_kind or "lead_score",
        plan=plan_from_wire(wire.plan) if has("plan") else None,
        conversion_window=duration_from_wire(wire.conversion_window) if has("conversion_window") else None,
        start_time=time_from_wire(wire.start_time) if has("start_time") else None,
        end_time=time_from_wire(wire.end_time) if has("end_time") else None,
        min_effect=wire.min_effect,
        effect_scale=SCALES.get(wire.effect_scale, EffectScale.UNKNOWN),
        state=_STATES.get(wire.state, ExperimentState.UNKNOWN),
        holdout_percentage=wire.holdout_percentage,
        segment_start=wire.segment_start,
        segment_end=wire.segment_end,
        create_time=time_from_wire(wire.create_time) if has("create_time") else None,
        stop_time=time_from_wire(wire.stop_time) if has("stop_time") else None,
        winner=wire.winner,
        stop_reason=wire.stop_reason,
        created_by=wire.created_by,
    )


def assigned_from_wire(wire: experiment_service_pb2.AssignVariantResponse) -> AssignedVariant:
    """Return a message as what a unit gets."""
    return AssignedVariant(
        variant=wire.variant,
        model_version=wire.model_version,
        reason=_REASONS.get(wire.reason, AssignmentReason.UNKNOWN),
        propensity=wire.propensity,
        exposure_time=time_from_wire(wire.exposure_time) if wire.HasField("exposure_time") else None,
    )


def _variant_to_wire(variant: Variant) -> pb.Variant:
    return pb.Variant(
        name=variant.name,
        model_version=variant.model_version,
        traffic_percentage=variant.traffic_percentage,
        is_control=variant.is_control,
    )


def _variant_from_wire(wire: pb.Variant) -> Variant:
    return Variant(
        name=wire.name,
        model_version=wire.model_version,
        traffic_percentage=wire.traffic_percentage,
        is_control=wire.is_control,
    )


def _metric_to_wire(metric: ExperimentMetric, position: int) -> pb.ExperimentMetric:
    path = f"experiment.metrics[{position}]"
    return pb.ExperimentMetric(
        kind=cast("pb.MetricKind.ValueType", enum_number(METRICS, metric.kind, f"{path}.kind")),
        role=cast("pb.MetricRole.ValueType", enum_number(ROLES, metric.role, f"{path}.role")),
        margin=metric.margin,
    )


def _metric_from_wire(wire: pb.ExperimentMetric) -> ExperimentMetric:
    return ExperimentMetric(
        kind=METRICS.get(wire.kind, MetricKind.UNKNOWN),
        role=ROLES.get(wire.role, MetricRole.UNKNOWN),
        margin=wire.margin,
    )


def _put_time(stamp: Timestamp, moment: datetime | None, path: str) -> None:
    if moment is None:
        return
    try:
        stamp.CopyFrom(time_to_wire(moment))
    except (TypeError, ValueError, AttributeError) as problem:
        raise _invalid(path, "must be a datetime with a time zone") from problem


def _invalid(field: str, rule: str) -> InvalidRequest:
    return InvalidRequest.of([Violation(field=field, rule=rule)])
