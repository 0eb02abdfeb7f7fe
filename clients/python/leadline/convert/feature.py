"""Features on the wire."""

from __future__ import annotations

from typing import Final

from leadline.convert.durations import duration_from_wire
from leadline.convert.enums import enum_table
from leadline.convert.times import time_from_wire
from leadline.details import error_from_status
from leadline.features import (
    FeatureDefinition,
    FeatureEntity,
    FeatureResult,
    FeatureScaling,
    FeatureValue,
    FeatureVector,
)
from leadline.v1 import feature_service_pb2 as pb

SCALINGS: Final = enum_table(pb.FeatureScaling.items(), "FEATURE_SCALING_", FeatureScaling)
ENTITIES: Final = enum_table(pb.FeatureEntity.items(), "FEATURE_ENTITY_", FeatureEntity)


def vector_from_wire(wire: pb.FeatureVector) -> FeatureVector:
    """Return a message as features."""
    return FeatureVector(
        lead_id=wire.lead_id,
        item_id=wire.item_id,
        features={name: value_from_wire(value) for name, value in sorted(wire.features.items())},
        event_count=wire.event_count,
        last_event_time=time_from_wire(wire.last_event_time) if wire.HasField("last_event_time") else None,
        as_of_time=time_from_wire(wire.as_of_time),
        up_to_sequence=wire.up_to_sequence,
        definitions_hash=wire.definitions_hash,
        processing_duration=duration_from_wire(wire.processing_duration),
        scaling_version=wire.scaling_version,
    )


def result_from_wire(wire: pb.FeatureResult) -> FeatureResult:
    """Return a message as the features of one of several, or why there are none."""
    return FeatureResult(
        vector=vector_from_wire(wire.vector) if wire.HasField("vector") else None,
        error=error_from_status(wire.error) if wire.HasField("error") else None,
    )


def definition_from_wire(wire: pb.FeatureDefinition) -> FeatureDefinition:
    """Return a message as a definition."""
    return FeatureDefinition(
        name=wire.name,
        entity=ENTITIES.get(wire.entity, FeatureEntity.UNKNOWN),
        family=wire.family,
        description=wire.description,
        unit=wire.unit,
        value_type=wire.value_type,
        window=wire.window,
        default=value_from_wire(wire.default_value),
        time_to_live=duration_from_wire(wire.time_to_live) if wire.HasField("time_to_live") else None,
        version=wire.version,
    )


def value_from_wire(wire: pb.FeatureValue) -> FeatureValue:
    """Return a message as a value."""
    kind = wire.WhichOneof("value")
    if kind == "number":
        return wire.number
    if kind == "category":
        return wire.category
    return time_from_wire(wire.time) if kind == "time" else None
