"""Keeps a tenant's own kinds of insights."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final
from uuid import uuid4

from leadline.convert.insight_type import insight_type_from_wire, insight_type_to_wire
from leadline.errors import LeadlineError
from leadline.insight_type import InsightType
from leadline.transport import Transport
from leadline.v1 import intelligence_service_pb2 as pb

_PAGE: Final = 200


class InsightTypeCalls:
    """Keeps a tenant's own kinds of insights."""

    _transport: Transport

    def register_insight_type(
        self, insight_type: InsightType, request_id: str | None = None, *, timeout: timedelta | None = None
    ) -> InsightType:
        """Add a kind of insight, or replace the one of the same key; returns it as it is kept.

        Args:
            insight_type: The kind. There may be 200.
            request_id: Idempotency key; None makes one.
            timeout: Deadline of the call.

        Raises:
            InvalidRequest: If its criterion names a field that there is not, or compares one with the wrong type.
            AlreadyExists: If ``request_id`` was used for another request.
        """
        key = request_id or uuid4().hex
        wire = insight_type_to_wire(insight_type, "insight_type")
        request = pb.RegisterInsightTypeRequest(request_id=key, insight_type=wire)
        try:
            method = self._transport.intelligence.RegisterInsightType
            return insight_type_from_wire(self._transport.call(method, request, timeout=timeout).insight_type)
        except LeadlineError as problem:
            problem.request_id = key
            raise

    def insight_types(self, *, page_size: int = _PAGE, timeout: timedelta | None = None) -> Iterator[InsightType]:
        """Yield your own kinds of insights by key; pages are fetched as they are needed.

        Args:
            page_size: Kinds in one call, 1 to 1,000.
            timeout: Deadline of each call.
        """
        request = pb.ListInsightTypesRequest(page_size=page_size)
        while True:
            response = self._transport.call(self._transport.intelligence.ListInsightTypes, request, timeout=timeout)
            yield from map(insight_type_from_wire, response.insight_types)
            request.page_token = response.next_page_token
            if not request.page_token:
                return

    def delete_insight_type(self, key: str, request_id: str | None = None, *, timeout: timedelta | None = None) -> None:
        """Remove a kind of insight.

        Args:
            key: Which.
            request_id: Idempotency key; None makes one.
            timeout: Deadline of the call.

        Raises:
            NotFound: If there is none of this key.
        """
        name = request_id or uuid4().hex
        request = pb.DeleteInsightTypeRequest(request_id=name, key=key)
        try:
            self._transport.call(self._transport.intelligence.DeleteInsightType, request, timeout=timeout)
        except LeadlineError as problem:
            problem.request_id = name
            raise
