"""Model versions and their history."""

from __future__ import annotations

from leadline.v1 import explanation_pb2, model_pb2, model_service_pb2

from core.errors import InvalidInput
from core.registry.retention import PrunePlan
from core.version import LEAD_SCORE, Metric, ModelEvent, ModelVersion
from server.convert.times import time_to_wire

MAX_FILES = 32
MAX_UPLOAD_BYTES = 64 * 1024 * 1024


def kind_from_wire(kind: str) -> str:
    """Return the kind, by default that of the lead score."""
    return kind or LEAD_SCORE


def files_from_wire(request: model_service_pb2.RegisterModelVersionRequest) -> dict[str, bytes]:
    """Return the uploaded files by name.

    Raises:
        InvalidInput: If there are none, too many, too large, or two of one name.
    """
    if not 1 <= len(request.files) <= MAX_FILES:
        raise InvalidInput.of("files", f"must be 1 to {MAX_FILES} files")
    if sum(len(file.content) for file in request.files) > MAX_UPLOAD_BYTES:
        raise InvalidInput.of("files", f"must be at most {MAX_UPLOAD_BYTES:,} bytes in all")
    files = {file.name: file.content for file in request.files}
    if len(files) != len(request.files):
        raise InvalidInput.of("files", "must have different names")
    return files


def metric_to_wire(metric: Metric) -> model_pb2.ModelMetric:
    """Return a metric as a message."""
    wire = model_pb2.ModelMetric(name=metric.name, value=metric.value, sample_count=metric.sample_count)
    if metric.lower is not None and metric.upper is not None:
        wire.interval.lower = metric.lower
        wire.interval.upper = metric.upper
        wire.interval.level = metric.level or 0.0
        wire.interval.method = explanation_pb2.INTERVAL_METHOD_BOOTSTRAP
    return wire


def version_to_wire(version: ModelVersion) -> model_pb2.ModelVersion:
    """Return a version as a message."""
    manifest = version.manifest
    start, end = manifest.training_start_time, manifest.training_end_time
    return model_pb2.ModelVersion(
        kind=manifest.kind,
        version=manifest.version,
        state=model_pb2.ModelVersionState.Value(f"MODEL_VERSION_STATE_{version.state.name}"),
        digest=version.digest,
        feature_set_hash=manifest.feature_set_hash,
        feature_count=manifest.feature_count,
        training_sample_count=manifest.training_sample_count,
        base_rate=manifest.base_rate,
        training_start_time=None if start is None else time_to_wire(start),
        training_end_time=None if end is None else time_to_wire(end),
        metrics=[metric_to_wire(metric) for metric in manifest.metrics],
        parent_versions=manifest.parents,
        files=[
            model_pb2.ArtifactFile(name=file.name, sha256=file.sha256, size_bytes=file.size_bytes)
            for file in manifest.files
        ],
        created_by=version.created_by,
        create_time=time_to_wire(version.create_time),
    )


def event_to_wire(event: ModelEvent) -> model_pb2.ModelEvent:
    """Return an event as a message."""
    return model_pb2.ModelEvent(
        event_id=event.event_id,
        kind=event.kind,
        version=event.version,
        type=model_pb2.ModelEventType.Value(f"MODEL_EVENT_TYPE_{event.type.name}"),
        actor=event.actor,
        reason=event.reason,
        evidence=dict(event.evidence),
        event_time=time_to_wire(event.event_time),
    )


def prune_to_wire(plan: PrunePlan) -> model_service_pb2.PruneModelVersionsResponse:
    """Return what a prune did or would do."""
    return model_service_pb2.PruneModelVersionsResponse(
        pruned_versions=plan.pruned, kept_versions=plan.kept, reclaimed_bytes=plan.reclaimed_bytes
    )
