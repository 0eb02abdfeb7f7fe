"""Recommendations."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from leadline.v1 import event_pb2
from leadline.v1 import recommendation_service_pb2 as pb

from core.errors import InvalidInput, Violation
from core.event import EventKind
from core.identifiers import LeadId
from core.recommend.answer import (
    USUAL_DIVERSITY,
    USUAL_LIMIT,
    Reason,
    ReasonKind,
    Recommendations,
    Recommended,
    Source,
    Wanted,
)
from core.recommend.filtering import MOST_EXCLUDED, MOST_NAMES, ItemFilter
from core.recommend.rules import MOST_RULES, Rule
from core.recommend.similar_items import SimilarItems
from server.convert.catalog import item_to_wire
from server.convert.times import time_to_wire

T = TypeVar("T")
_SOURCES = {source: pb.RecommendationSource.Value(f"RECOMMENDATION_SOURCE_{source.name}") for source in Source}
_KINDS = {kind: pb.RecommendationReasonKind.Value(f"RECOMMENDATION_REASON_KIND_{kind.name}") for kind in ReasonKind}
_EVENTS = {kind.value: event_pb2.EventKind.Value(f"EVENT_KIND_{kind.name}") for kind in EventKind}
_MICROSECONDS = 1_000_000


def limit_from_wire(limit: int) -> int:
    """Return how many items are asked for: 0 means 10."""
    return limit or USUAL_LIMIT


def wanted_from_wire(request: pb.RecommendRequest) -> Wanted:
    """Return what is asked for.

    Raises:
        InvalidInput: Names every broken field.
    """
    if len(request.rules) > MOST_RULES:
        raise InvalidInput.of("rules", f"must be at most {MOST_RULES}, not {len(request.rules):,}")
    problems: list[Violation] = []
    wanted = _noting(problems, lambda: filter_from_wire(request.filter, "filter"))
    rules = [_noting(problems, partial(_rule, rule, f"rules[{at}]")) for at, rule in enumerate(request.rules)]
    if problems:
        raise InvalidInput(problems)
    return Wanted(
        lead_id=LeadId(request.lead_id),
        limit=limit_from_wire(request.limit),
        filter=wanted or ItemFilter(),
        diversity=request.diversity if request.HasField("diversity") else USUAL_DIVERSITY,
        rules=[rule for rule in rules if rule is not None],
    )


def filter_from_wire(wire: pb.ItemFilter, path: str) -> ItemFilter:
    """Return a filter.

    Raises:
        InvalidInput: Names every broken field below ``path``.
    """
    try:
        for name, most in (
            ("item_types", MOST_NAMES),
            ("location_names", MOST_NAMES),
            ("attribute_texts", MOST_NAMES),
            ("excluded_item_ids", MOST_EXCLUDED),
        ):
            count = len(getattr(wire, name))
            if count > most:
                raise InvalidInput.of(name, f"must have at most {most:,} entries, not {count:,}")
        return ItemFilter(
            item_types=tuple(wire.item_types),
            location_names=tuple(wire.location_names),
            min_price=wire.min_price if wire.HasField("min_price") else None,
            max_price=wire.max_price if wire.HasField("max_price") else None,
            excluded_item_ids=frozenset(wire.excluded_item_ids),
            include_seen=wire.include_seen,
            attribute_texts=dict(wire.attribute_texts),
        )
    except InvalidInput as problem:
        raise problem.under(path) from None


def recommendations_to_wire(answer: Recommendations) -> pb.RecommendResponse:
    """Return an answer as a message."""
    wire = pb.RecommendResponse(
        source=_SOURCES[answer.source],
        model_version=answer.model_version,
        left_out_counts=answer.left_out,
        up_to_sequence=answer.up_to_sequence,
        recommend_time=time_to_wire(answer.recommend_time),
        experiment=answer.experiment,
        variant=answer.variant,
    )
    for one in answer.items:
        _add_recommended(wire, one)
    for warning in answer.warnings:
        wire.warnings.add(code=warning.code, message=warning.message)
    return wire


def similar_to_wire(answer: SimilarItems) -> pb.FindSimilarItemsResponse:
    """Return similar items as a message."""
    return pb.FindSimilarItemsResponse(
        items=[
            pb.SimilarItem(item=item_to_wire(one.item), similarity=one.similarity, shared_properties=one.shared)
            for one in answer.items
        ],
        source=_SOURCES[answer.source],
        model_version=answer.model_version,
    )


def _noting(problems: list[Violation], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except InvalidInput as problem:
        problems.extend(problem.violations)
        return None


def _rule(wire: pb.RecommendationRule, path: str) -> Rule:
    effect = wire.WhichOneof("effect")
    about = filter_from_wire(wire.items, f"{path}.items")
    try:
        return Rule(
            name=wire.name,
            items=about,
            boost=wire.boost if effect == "boost" else None,
            most=wire.most if effect == "most" else None,
            least=wire.least if effect == "least" else None,
        )
    except InvalidInput as problem:
        raise problem.under(path) from None


def _add_recommended(wire: pb.RecommendResponse, one: Recommended) -> None:
    """Build it where it belongs: a message that is made first and put there later is copied, with all in it."""
    added = wire.recommendations.add(
        item=item_to_wire(one.item),
        score=one.score,
        confidence=one.confidence,
        propensity=one.propensity,
        attribution_token=one.attribution_token,
        rule_names=one.rule_names,
    )
    for reason in one.reasons:
        _add_reason(added, reason)


def _add_reason(wire: pb.RecommendedItem, reason: Reason) -> None:
    added = wire.reasons.add(
        kind=_KINDS[reason.kind], text=reason.text, share=reason.share, lead_count=reason.lead_count
    )
    evidence = added.evidence
    for one in reason.evidence:
        kind, (seconds, micros) = _EVENTS[one.kind], divmod(one.occurred_us, _MICROSECONDS)
        moment = evidence.add(event_id=one.event_id, kind=kind, item_id=one.item_id, share=one.share).occurred_time
        moment.seconds, moment.nanos = seconds, micros * 1_000
