"""Kinds of insights."""

from __future__ import annotations

from dataclasses import dataclass

from leadline.v1 import conversation_pb2 as pb
from leadline.v1 import intelligence_service_pb2

from core.conversation.insights.insight_type import InsightType
from core.errors import InvalidInput
from core.identifiers import TenantId
from core.paging import decode_page_token, encode_page_token, page_limit
from core.ports import Page
from server.convert.analysis import URGENCY_LEVELS
from server.convert.criterion import criterion_from_wire, criterion_to_wire

_LEVELS = {number: level for level, number in URGENCY_LEVELS.items()}
_LIST = "insight_types"


def insight_type_from_wire(wire: pb.InsightType) -> InsightType:
    """Return a kind of insight.

    Raises:
        InvalidInput: Names every broken field below ``insight_type``.
    """
    criterion = criterion_from_wire(wire.criterion, "insight_type.criterion")
    level = _LEVELS.get(wire.urgency_level)
    if level is None:
        raise InvalidInput.of("insight_type.urgency_level", "must be an urgency level")
    try:
        return InsightType(
            key=wire.key,
            title=wire.title,
            criterion=criterion,
            priority_score=wire.priority_score,
            urgency_level=level,
            predicted_outcome=wire.predicted_outcome,
            recommended_actions=tuple(wire.recommended_actions),
        )
    except InvalidInput as problem:
        raise problem.under("insight_type") from None


def insight_type_to_wire(kind: InsightType) -> pb.InsightType:
    """Return a kind of insight as a message."""
    return pb.InsightType(
        key=kind.key,
        title=kind.title,
        criterion=criterion_to_wire(kind.criterion),
        priority_score=kind.priority_score,
        urgency_level=URGENCY_LEVELS[kind.urgency_level],
        predicted_outcome=kind.predicted_outcome,
        recommended_actions=kind.recommended_actions,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTypes:
    """A page that is asked for."""

    limit: int
    after: str | None


def wanted_types_from_wire(request: intelligence_service_pb2.ListInsightTypesRequest, tenant: TenantId) -> WantedTypes:
    """Return which page is asked for.

    Raises:
        InvalidInput: If size or token are wrong.
    """
    return WantedTypes(
        limit=page_limit(request.page_size), after=decode_page_token(request.page_token, tenant, _LIST, {})
    )


def types_to_wire(page: Page[InsightType], tenant: TenantId) -> intelligence_service_pb2.ListInsightTypesResponse:
    """Return a page of kinds as a message."""
    return intelligence_service_pb2.ListInsightTypesResponse(
        insight_types=[insight_type_to_wire(one) for one in page.items],
        next_page_token=encode_page_token(tenant, _LIST, {}, page.next_key),
    )
