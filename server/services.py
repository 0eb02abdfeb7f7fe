"""Every service of the contract."""

from __future__ import annotations

from google.protobuf.descriptor_pb2 import MethodOptions
from leadline.v1 import (
    access_service_pb2,
    action_catalog_service_pb2,
    audit_service_pb2,
    catalog_service_pb2,
    event_service_pb2,
    experiment_service_pb2,
    feature_service_pb2,
    feedback_service_pb2,
    intelligence_service_pb2,
    lead_service_pb2,
    model_service_pb2,
    monitoring_service_pb2,
    recommendation_service_pb2,
    scoring_service_pb2,
    system_service_pb2,
)

DESCRIBED = tuple(
    module.DESCRIPTOR.services_by_name[name]
    for module, name in (
        (scoring_service_pb2, "ScoringService"),
        (lead_service_pb2, "LeadService"),
        (model_service_pb2, "ModelService"),
        (feedback_service_pb2, "FeedbackService"),
        (experiment_service_pb2, "ExperimentService"),
        (event_service_pb2, "EventService"),
        (feature_service_pb2, "FeatureService"),
        (catalog_service_pb2, "CatalogService"),
        (recommendation_service_pb2, "RecommendationService"),
        (intelligence_service_pb2, "IntelligenceService"),
        (action_catalog_service_pb2, "ActionCatalogService"),
        (monitoring_service_pb2, "MonitoringService"),
        (access_service_pb2, "AccessService"),
        (audit_service_pb2, "AuditService"),
        (system_service_pb2, "SystemService"),
    )
)
"""Their descriptors."""
SERVICES = tuple(service.full_name for service in DESCRIBED)
"""Full names, for health and reflection."""

READS = frozenset(
    f"/{service.full_name}/{method.name}"
    for service in DESCRIBED
    for method in service.methods
    if method.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS
)
"""Methods that declare to change nothing, for example ``/leadline.v1.LeadService/GetLead``."""
