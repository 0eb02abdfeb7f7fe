"""Audit records on the wire."""

from __future__ import annotations

from typing import Final

from leadline.audit import AuditDecision, AuditRecord
from leadline.convert.enums import enum_table
from leadline.convert.times import time_from_wire
from leadline.v1 import audit_service_pb2

_DECISIONS: Final = enum_table(audit_service_pb2.AuditDecision.items(), "AUDIT_DECISION_", AuditDecision)


def record_from_wire(wire: audit_service_pb2.AuditRecord) -> AuditRecord:
    """Return a message as a record."""
    return AuditRecord(
        sequence=wire.sequence,
        record_time=time_from_wire(wire.record_time) if wire.HasField("record_time") else None,
        actor=wire.actor,
        action=wire.action,
        target=wire.target,
        decision=_DECISIONS.get(wire.decision, AuditDecision.UNKNOWN),
        reason=wire.reason,
        server_version=wire.server_version,
        correlation_id=wire.correlation_id,
        previous_hash=wire.previous_hash,
        hash=wire.hash,
    )
