"""Runs of training on the wire."""

from __future__ import annotations

from typing import Final

from leadline.convert.enums import enum_table
from leadline.convert.model import metric_from_wire
from leadline.convert.score import interval_from_wire
from leadline.convert.times import time_from_wire
from leadline.training import (
    Contender,
    RetrainingAnswer,
    RetrainingTrigger,
    TrainingDecision,
    TrainingRun,
    TrainingRunState,
)
from leadline.v1 import model_pb2, model_service_pb2

_STATES: Final = enum_table(model_pb2.TrainingRunState.items(), "TRAINING_RUN_STATE_", TrainingRunState)
_DECISIONS: Final = enum_table(model_pb2.TrainingDecision.items(), "TRAINING_DECISION_", TrainingDecision)


def run_from_wire(wire: model_pb2.TrainingRun) -> TrainingRun:
    """Return a message as a run."""
    return TrainingRun(
        run_id=wire.run_id,
        kind=wire.kind,
        state=_STATES.get(wire.state, TrainingRunState.UNKNOWN),
        decision=_DECISIONS.get(wire.decision, TrainingDecision.UNKNOWN),
        reason=wire.reason,
        outcome=wire.outcome,
        requested_by=wire.requested_by,
        force=wire.force,
        trigger_window=wire.trigger_window,
        triggers=tuple(map(trigger_from_wire, wire.triggers)),
        doing=wire.doing,
        progress=wire.progress,
        attempt=wire.attempt,
        version=wire.version,
        evidence=dict(wire.evidence),
        contenders=tuple(
            Contender(name=one.name, version=one.version, metrics=tuple(map(metric_from_wire, one.metrics)))
            for one in wire.contenders
        ),
        create_time=time_from_wire(wire.create_time) if wire.HasField("create_time") else None,
        start_time=time_from_wire(wire.start_time) if wire.HasField("start_time") else None,
        end_time=time_from_wire(wire.end_time) if wire.HasField("end_time") else None,
    )


def answer_from_wire(wire: model_service_pb2.RequestRetrainingResponse) -> RetrainingAnswer:
    """Return a message as what became of a request to train."""
    return RetrainingAnswer(
        run=run_from_wire(wire.run) if wire.HasField("run") else None,
        triggers=tuple(map(trigger_from_wire, wire.triggers)),
        reason=wire.reason,
    )


def trigger_from_wire(wire: model_pb2.RetrainingTrigger) -> RetrainingTrigger:
    """Return a message as what a trigger saw."""
    return RetrainingTrigger(
        name=wire.name,
        fires=wire.fires,
        raw_rule_fires=wire.raw_rule_fires,
        value=wire.value,
        interval=interval_from_wire(wire.interval) if wire.HasField("interval") else None,
        threshold=wire.threshold,
        message=wire.message,
    )
