"""Features and their definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from leadline.v1 import feature_service_pb2 as pb

from core.behavior.feature_vector import FeatureVector
from core.behavior.lead_features import FeatureQuery
from core.behavior.scaling import ScalingMethod
from core.errors import InvalidInput, LeadlineError
from core.features.streams.declaration import StreamFeature, StreamPlan, Value, ValueType
from core.identifiers import TenantId
from core.paging import decode_page_token, encode_page_token, page_limit, page_token_error
from server.convert.durations import duration_to_wire
from server.convert.times import time_to_wire
from server.interceptors.status import status_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LIST = "feature_definitions"
_SCALINGS: Mapping[int, ScalingMethod | None] = MappingProxyType(
    {
        pb.FEATURE_SCALING_UNSPECIFIED: None,
        pb.FEATURE_SCALING_MIN_MAX: ScalingMethod.MIN_MAX,
        pb.FEATURE_SCALING_Z_SCORE: ScalingMethod.Z_SCORE,
    }
)
_ENTITIES: Mapping[str, pb.FeatureEntity.ValueType] = MappingProxyType(
    {"lead": pb.FEATURE_ENTITY_LEAD, "lead_item": pb.FEATURE_ENTITY_LEAD_ITEM}
)
ValueTypes = Mapping[str, ValueType]
"""Of each feature of a plan, by name."""


def value_types(plan: StreamPlan) -> ValueTypes:
    """Return what the values of a plan's features are."""
    return {feature.name: feature.value_type for feature in plan.features}


def query_from_wire(request: pb.GetLeadFeaturesRequest | pb.BatchGetLeadFeaturesRequest) -> FeatureQuery:
    """Return what is asked of each lead.

    Raises:
        InvalidInput: If the scaling is none that there is.
    """
    if request.scaling not in _SCALINGS:
        raise InvalidInput.of("scaling", "must be one of the scalings there are")
    return FeatureQuery(names=list(request.feature_names), scaling=_SCALINGS[request.scaling])


def vector_to_wire(vector: FeatureVector, types: ValueTypes) -> pb.FeatureVector:
    """Return features as a message."""
    wire = pb.FeatureVector(
        lead_id=vector.lead_id,
        item_id=vector.item_id,
        event_count=vector.event_count,
        last_event_time=None if vector.last_event_us is None else time_to_wire(_moment(vector.last_event_us)),
        as_of_time=time_to_wire(_moment(vector.moment_us)),
        up_to_sequence=vector.up_to_sequence,
        definitions_hash=vector.plan_hash,
        processing_duration=duration_to_wire(vector.processing),
        scaling_version=vector.scaling_version,
    )
    is_scaled = bool(vector.scaling_version)
    for name, value in vector.values.items():
        _put(wire.features[name], value, ValueType.NUMBER if is_scaled else types[name])
    return wire


def results_to_wire(found: Sequence[FeatureVector | LeadlineError], types: ValueTypes) -> list[pb.FeatureResult]:
    """Return features of several, or why there are none, as messages."""
    return [
        pb.FeatureResult(error=status_of(one))
        if isinstance(one, LeadlineError)
        else pb.FeatureResult(vector=vector_to_wire(one, types))
        for one in found
    ]


def definitions_to_wire(
    request: pb.ListFeatureDefinitionsRequest, plans: Sequence[StreamPlan], tenant: TenantId
) -> pb.ListFeatureDefinitionsResponse:
    """Return one page of the definitions that a request asks for.

    Raises:
        InvalidInput: If the page token, the page size or the entity is none.
    """
    if request.entity and request.entity not in _ENTITIES.values():
        raise InvalidInput.of("entity", "must be one of the entities there are")
    filters = {"entity": str(request.entity), "definitions": ",".join(plan.hash[:16] for plan in plans)}
    after, limit = decode_page_token(request.page_token, tenant, _LIST, filters), page_limit(request.page_size)
    start = _start(after)
    asked = [
        _definition(feature, entity)
        for plan in plans
        if (entity := _ENTITIES[plan.name]) == request.entity or not request.entity
        for feature in plan.features
    ]
    end = start + limit
    token = encode_page_token(tenant, _LIST, filters, str(end) if end < len(asked) else None)
    return pb.ListFeatureDefinitionsResponse(definitions=asked[start:end], next_page_token=token)


def _start(key: str | None) -> int:
    try:
        return int(key or 0)
    except ValueError:
        raise page_token_error() from None


def _definition(feature: StreamFeature, entity: pb.FeatureEntity.ValueType) -> pb.FeatureDefinition:
    wire = pb.FeatureDefinition(
        name=feature.name,
        entity=entity,
        family=feature.family,
        description=feature.description,
        unit=feature.unit,
        value_type=feature.value_type.value,
        window=feature.window,
        version=feature.version,
        time_to_live=duration_to_wire(timedelta(microseconds=feature.ttl_us)) if feature.ttl_us else None,
    )
    _put(wire.default_value, feature.default, feature.value_type)
    wire.default_value.SetInParent()
    return wire


def _put(wire: pb.FeatureValue, value: Value, kind: ValueType) -> None:
    if value is None:
        # A name without a value is there all the same.
        wire.SetInParent()
    elif isinstance(value, str):
        wire.category = value
    elif kind is ValueType.TIME:
        wire.time.CopyFrom(time_to_wire(_moment(int(value))))
    else:
        wire.number = value


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
