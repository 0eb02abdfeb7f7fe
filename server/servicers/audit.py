"""AuditService."""

from __future__ import annotations

import grpc
from leadline.v1 import audit_service_pb2 as pb
from leadline.v1 import audit_service_pb2_grpc

from core.audit.audit_log import AuditLog
from core.paging import decode_page_token, encode_page_token, page_limit
from server.convert.audit import record_to_wire
from server.identity import Identify

_LIST = "audit_records"
_PAGE_SIZE = 100


class AuditServicer(audit_service_pb2_grpc.AuditServiceServicer):
    """Wire face of :class:`core.audit.audit_log.AuditLog`."""

    def __init__(self, audit: AuditLog, identify: Identify) -> None:
        self._audit = audit
        self._identify = identify

    def ListAuditRecords(
        self, request: pb.ListAuditRecordsRequest, context: grpc.ServicerContext
    ) -> pb.ListAuditRecordsResponse:
        """List what was recorded."""
        tenant = self._identify(context).tenant
        filters = {"actor": request.actor, "action": request.action}
        after = decode_page_token(request.page_token, tenant, _LIST, filters)
        limit = page_limit(request.page_size, default=_PAGE_SIZE)
        page = self._audit.list(tenant, limit=limit, after=after, actor=request.actor, action=request.action)
        token = encode_page_token(tenant, _LIST, filters, page.next_key)
        return pb.ListAuditRecordsResponse(records=map(record_to_wire, page.items), next_page_token=token)
