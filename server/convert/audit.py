"""Audit records."""

from __future__ import annotations

from leadline.v1 import audit_service_pb2 as pb

from core.audit.record import AuditRecord, Decision
from server.convert.times import time_to_wire

_DECISIONS = {
    Decision.ALLOWED.value: pb.AUDIT_DECISION_ALLOWED,
    Decision.DENIED.value: pb.AUDIT_DECISION_DENIED,
}


def record_to_wire(record: AuditRecord) -> pb.AuditRecord:
    """Return a record as a message. A decision nobody took, in a record that was tampered with, stays unspecified."""
    return pb.AuditRecord(
        sequence=record.sequence,
        record_time=time_to_wire(record.record_time),
        actor=record.actor,
        action=record.action,
        target=record.target,
        decision=_DECISIONS.get(record.decision, pb.AUDIT_DECISION_UNSPECIFIED),
        reason=record.reason,
        server_version=record.server_version,
        correlation_id=record.correlation_id,
        previous_hash=record.previous_hash,
        hash=record.hash,
    )
