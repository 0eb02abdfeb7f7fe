"""Every service of the contract, and how its servicer is added to a server."""

from __future__ import annotations

from leadline.v1 import (
    access_service_pb2,
    audit_service_pb2,
    lead_service_pb2,
    model_service_pb2,
    scoring_service_pb2,
    system_service_pb2,
)

SERVICES = tuple(
    module.DESCRIPTOR.services_by_name[name].full_name
    for module, name in (
        (scoring_service_pb2, "ScoringService"),
        (lead_service_pb2, "LeadService"),
        (model_service_pb2, "ModelService"),
        (access_service_pb2, "AccessService"),
        (audit_service_pb2, "AuditService"),
        (system_service_pb2, "SystemService"),
    )
)
"""Full names, for health, reflection and the permission table."""
