"""Recommendations on the wire."""

from __future__ import annotations

from typing import Final

from leadline.convert.enums import enum_table
from leadline.convert.item import item_from_wire
from leadline.convert.times import time_from_wire
from leadline.errors import InvalidRequest, Violation
from leadline.recommendation import (
    ItemFilter,
    ReasonEvidence,
    ReasonKind,
    RecommendationReason,
    RecommendationRule,
    Recommendations,
    RecommendationSource,
    RecommendedItem,
    SimilarItem,
)
from leadline.score import ScoreWarning
from leadline.v1 import event_pb2
from leadline.v1 import recommendation_service_pb2 as pb

_SOURCES: Final = enum_table(pb.RecommendationSource.items(), "RECOMMENDATION_SOURCE_", RecommendationSource)
_KINDS: Final = enum_table(pb.RecommendationReasonKind.items(), "RECOMMENDATION_REASON_KIND_", ReasonKind)
_EVENTS: Final = {number: name.removeprefix("EVENT_KIND_").lower() for name, number in event_pb2.EventKind.items()}


def filter_to_wire(wanted: ItemFilter, path: str) -> pb.ItemFilter:
    """Return a filter as a message.

    Raises:
        InvalidRequest: If it has a type or value that the wire cannot carry; names ``path``.
    """
    try:
        return pb.ItemFilter(
            item_types=wanted.item_types,
            location_names=wanted.location_names,
            min_price=wanted.min_price,
            max_price=wanted.max_price,
            excluded_item_ids=wanted.excluded_item_ids,
            include_seen=wanted.include_seen,
            attribute_texts=dict(wanted.attribute_texts),
        )
    except (TypeError, ValueError, AttributeError) as problem:
        raise InvalidRequest.of([Violation(field=path, rule=f"must fit: {problem}")]) from None


def rule_to_wire(rule: RecommendationRule, path: str) -> pb.RecommendationRule:
    """Return a rule as a message.

    Raises:
        InvalidRequest: If it does not have exactly one effect, or the wire cannot carry it.
    """
    effects = {name: getattr(rule, name) for name in ("boost", "most", "least") if getattr(rule, name) is not None}
    if len(effects) != 1:
        violation = Violation(field=path, rule="must have exactly one of boost, most and least")
        raise InvalidRequest.of([violation])
    try:
        return pb.RecommendationRule(name=rule.name, items=filter_to_wire(rule.items, f"{path}.items"), **effects)
    except (TypeError, ValueError) as problem:
        raise InvalidRequest.of([Violation(field=path, rule=f"must fit: {problem}")]) from None


def recommendations_from_wire(wire: pb.RecommendResponse) -> Recommendations:
    """Return a message as an answer."""
    return Recommendations(
        items=tuple(map(_recommended, wire.recommendations)),
        source=_SOURCES.get(wire.source, RecommendationSource.UNKNOWN),
        model_version=wire.model_version,
        left_out_counts=dict(wire.left_out_counts),
        up_to_sequence=wire.up_to_sequence,
        recommend_time=time_from_wire(wire.recommend_time) if wire.HasField("recommend_time") else None,
        experiment=wire.experiment,
        variant=wire.variant,
        warnings=tuple(ScoreWarning(code=warning.code, message=warning.message) for warning in wire.warnings),
    )


def similar_from_wire(wire: pb.SimilarItem) -> SimilarItem:
    """Return a message as a similar item."""
    return SimilarItem(
        item=item_from_wire(wire.item), similarity=wire.similarity, shared_properties=tuple(wire.shared_properties)
    )


def _recommended(wire: pb.RecommendedItem) -> RecommendedItem:
    return RecommendedItem(
        item=item_from_wire(wire.item),
        score=wire.score,
        confidence=wire.confidence,
        reasons=tuple(map(_reason, wire.reasons)),
        propensity=wire.propensity,
        attribution_token=wire.attribution_token,
        rule_names=tuple(wire.rule_names),
    )


def _reason(wire: pb.RecommendationReason) -> RecommendationReason:
    return RecommendationReason(
        kind=_KINDS.get(wire.kind, ReasonKind.UNKNOWN),
        text=wire.text,
        share=wire.share,
        evidence=tuple(map(_evidence, wire.evidence)),
        lead_count=wire.lead_count,
    )


def _evidence(wire: pb.ReasonEvidence) -> ReasonEvidence:
    return ReasonEvidence(
        event_id=wire.event_id,
        kind=_EVENTS.get(wire.kind, "unknown"),
        item_id=wire.item_id,
        occurred_time=time_from_wire(wire.occurred_time),
        share=wire.share,
    )
