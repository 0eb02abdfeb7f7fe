"""Training runs on the wire."""

from __future__ import annotations

from leadline.v1 import explanation_pb2, model_pb2
from leadline.v1 import model_service_pb2 as pb

from core.registry.retraining.check import DEFAULT_SPLIT, CheckResult
from core.registry.training_run import Contender, RunDecision, RunState, TrainingRun, TriggerReading
from server.convert.model import metric_to_wire
from server.convert.times import time_to_wire

_STATES = {
    RunState.PENDING: model_pb2.TRAINING_RUN_STATE_PENDING,
    RunState.RUNNING: model_pb2.TRAINING_RUN_STATE_RUNNING,
    RunState.SUCCEEDED: model_pb2.TRAINING_RUN_STATE_SUCCEEDED,
    RunState.FAILED: model_pb2.TRAINING_RUN_STATE_FAILED,
}
_DECISIONS = {
    RunDecision.NONE: model_pb2.TRAINING_DECISION_UNSPECIFIED,
    RunDecision.PROMOTED: model_pb2.TRAINING_DECISION_PROMOTED,
    RunDecision.KEPT_AS_SHADOW: model_pb2.TRAINING_DECISION_KEPT_AS_SHADOW,
    RunDecision.REFUSED: model_pb2.TRAINING_DECISION_REFUSED,
}


def split_from_wire(request: pb.RequestRetrainingRequest) -> float:
    """Return the share of the labels to measure on, by default 0.2."""
    return request.validation_split if request.HasField("validation_split") else DEFAULT_SPLIT


def check_to_wire(result: CheckResult) -> pb.RequestRetrainingResponse:
    """Return what came of a check as a message."""
    return pb.RequestRetrainingResponse(
        run=None if result.run is None else run_to_wire(result.run),
        triggers=map(trigger_to_wire, result.verdict.triggers),
        reason=result.verdict.reason,
    )


def run_to_wire(run: TrainingRun) -> model_pb2.TrainingRun:
    """Return a run as a message."""
    request = run.request
    return model_pb2.TrainingRun(
        run_id=run.run_id,
        kind=request.kind,
        state=_STATES[run.state],
        reason=request.reason,
        create_time=time_to_wire(run.create_time),
        decision=_DECISIONS[run.decision],
        outcome=run.outcome,
        requested_by=run.requested_by,
        force=request.force,
        trigger_window=request.trigger_window,
        triggers=map(trigger_to_wire, request.triggers),
        doing=run.doing,
        progress=run.progress,
        attempt=run.attempt,
        version=run.version,
        evidence=dict(run.evidence),
        contenders=map(contender_to_wire, run.contenders),
        start_time=None if run.start_time is None else time_to_wire(run.start_time),
        end_time=None if run.end_time is None else time_to_wire(run.end_time),
    )


def trigger_to_wire(trigger: TriggerReading) -> model_pb2.RetrainingTrigger:
    """Return what a trigger saw as a message."""
    wire = model_pb2.RetrainingTrigger(
        name=trigger.name,
        fires=trigger.fires,
        raw_rule_fires=trigger.raw_rule_fires,
        value=trigger.value,
        threshold=trigger.threshold,
        message=trigger.message,
    )
    if trigger.lower is not None and trigger.upper is not None:
        wire.interval.lower = trigger.lower
        wire.interval.upper = trigger.upper
        wire.interval.level = trigger.level or 0.0
        wire.interval.method = explanation_pb2.INTERVAL_METHOD_MODEL
    return wire


def contender_to_wire(contender: Contender) -> model_pb2.ContenderMetrics:
    """Return the quality of a contender as a message."""
    return model_pb2.ContenderMetrics(
        name=contender.name, version=contender.version, metrics=map(metric_to_wire, contender.metrics)
    )
