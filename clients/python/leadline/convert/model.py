"""Model versions on the wire."""

from __future__ import annotations

from typing import Final

from leadline.convert.durations import duration_from_wire
from leadline.convert.enums import enum_table
from leadline.convert.score import interval_from_wire
from leadline.convert.times import time_from_wire
from leadline.model import (
    ArtifactFile,
    Metric,
    ModelEvent,
    ModelEventType,
    ModelVersion,
    ModelVersionState,
    VersionMetrics,
)
from leadline.v1 import model_pb2, model_service_pb2

_STATES: Final = enum_table(model_pb2.ModelVersionState.items(), "MODEL_VERSION_STATE_", ModelVersionState)
_EVENT_TYPES: Final = enum_table(model_pb2.ModelEventType.items(), "MODEL_EVENT_TYPE_", ModelEventType)


def version_from_wire(wire: model_pb2.ModelVersion) -> ModelVersion:
    """Return a message as a model version."""
    return ModelVersion(
        kind=wire.kind,
        version=wire.version,
        state=_STATES.get(wire.state, ModelVersionState.UNKNOWN),
        digest=wire.digest,
        feature_set_hash=wire.feature_set_hash,
        feature_count=wire.feature_count,
        training_sample_count=wire.training_sample_count,
        base_rate=wire.base_rate,
        training_start_time=time_from_wire(wire.training_start_time) if wire.HasField("training_start_time") else None,
        training_end_time=time_from_wire(wire.training_end_time) if wire.HasField("training_end_time") else None,
        metrics=tuple(map(metric_from_wire, wire.metrics)),
        parent_versions=tuple(wire.parent_versions),
        files=tuple(ArtifactFile(name=f.name, sha256=f.sha256, size_bytes=f.size_bytes) for f in wire.files),
        created_by=wire.created_by,
        create_time=time_from_wire(wire.create_time) if wire.HasField("create_time") else None,
    )


def metric_from_wire(wire: model_pb2.ModelMetric) -> Metric:
    """Return a message as a figure of quality."""
    interval = interval_from_wire(wire.interval) if wire.HasField("interval") else None
    return Metric(name=wire.name, value=wire.value, interval=interval, sample_count=wire.sample_count)


def metrics_from_wire(wire: model_service_pb2.GetModelMetricsResponse) -> VersionMetrics:
    """Return a message as the figures of a version."""
    return VersionMetrics(
        version=wire.version,
        metrics=tuple(map(metric_from_wire, wire.metrics)),
        realised_metrics=tuple(map(metric_from_wire, wire.realised_metrics)),
        expected_metrics=tuple(map(metric_from_wire, wire.expected_metrics)),
        start_time=time_from_wire(wire.start_time) if wire.HasField("start_time") else None,
        end_time=time_from_wire(wire.end_time) if wire.HasField("end_time") else None,
        served_count=wire.served_count,
        labelled_count=wire.labelled_count,
        training_sample_count=wire.training_sample_count,
        validation_sample_count=wire.validation_sample_count,
        training_duration=duration_from_wire(wire.training_duration) if wire.HasField("training_duration") else None,
    )


def event_from_wire(wire: model_pb2.ModelEvent) -> ModelEvent:
    """Return a message as an event."""
    return ModelEvent(
        event_id=wire.event_id,
        kind=wire.kind,
        version=wire.version,
        type=_EVENT_TYPES.get(wire.type, ModelEventType.UNKNOWN),
        actor=wire.actor,
        reason=wire.reason,
        evidence=dict(wire.evidence),
        event_time=time_from_wire(wire.event_time) if wire.HasField("event_time") else None,
    )
