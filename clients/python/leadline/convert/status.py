"""The state of a server on the wire."""

from __future__ import annotations

from typing import Final

from leadline.convert.enums import enum_table
from leadline.convert.score import SOURCES
from leadline.convert.times import time_from_wire
from leadline.score import ScoreSource
from leadline.status import DependencyStatus, ServedModel, ServiceTarget, ServingState, Status
from leadline.v1 import system_service_pb2

_STATES: Final = enum_table(system_service_pb2.ServingState.items(), "SERVING_STATE_", ServingState)


def status_from_wire(wire: system_service_pb2.GetStatusResponse) -> Status:
    """Return a message as a status."""
    return Status(
        server_version=wire.server_version,
        start_time=time_from_wire(wire.start_time) if wire.HasField("start_time") else None,
        state=_STATES.get(wire.state, ServingState.UNKNOWN),
        dependencies=tuple(
            DependencyStatus(name=d.name, available=d.available, detail=d.detail) for d in wire.dependencies
        ),
        models=tuple(map(_model_from_wire, wire.models)),
        targets=tuple(map(_target_from_wire, wire.targets)),
    )


def _model_from_wire(wire: system_service_pb2.ServedModel) -> ServedModel:
    return ServedModel(
        kind=wire.kind,
        version=wire.version,
        source=SOURCES.get(wire.source, ScoreSource.UNKNOWN),
        load_time=time_from_wire(wire.load_time) if wire.HasField("load_time") else None,
        problem=wire.problem,
    )


def _target_from_wire(wire: system_service_pb2.ServiceTarget) -> ServiceTarget:
    current = wire.current if wire.HasField("current") else None
    return ServiceTarget(name=wire.name, target=wire.target, current=current)
