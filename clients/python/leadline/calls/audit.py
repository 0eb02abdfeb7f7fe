"""AuditService."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from leadline.audit import AuditRecord
from leadline.convert.audit import record_from_wire
from leadline.transport import Transport
from leadline.v1 import audit_service_pb2


class AuditCalls:
    """Tells who did what. For admins and analysts."""

    _transport: Transport

    def audit_records(
        self, *, actor: str = "", action: str = "", page_size: int = 100, timeout: timedelta | None = None
    ) -> Iterator[AuditRecord]:
        """Yield the audit records of the tenant, newest first; pages are fetched as they are needed.

        Args:
            actor: Only those of this actor.
            action: Only those of this action, for example ``ModelService/RollbackModel``.
            page_size: Records fetched at a time, 1 to 1,000.
            timeout: Of each call; None means the client's.
        """
        token = ""
        while True:
            request = audit_service_pb2.ListAuditRecordsRequest(
                page_size=page_size, page_token=token, actor=actor, action=action
            )
            response = self._transport.call(self._transport.audit.ListAuditRecords, request, timeout=timeout)
            yield from map(record_from_wire, response.records)
            token = response.next_page_token
            if not token:
                return
