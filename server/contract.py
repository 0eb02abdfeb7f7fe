"""Adds a servicer for every service of the contract, and the standard ones beside it."""

from __future__ import annotations

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from leadline.v1 import (
    access_service_pb2_grpc,
    action_catalog_service_pb2_grpc,
    audit_service_pb2_grpc,
    catalog_service_pb2_grpc,
    event_service_pb2_grpc,
    experiment_service_pb2_grpc,
    feature_service_pb2_grpc,
    feedback_service_pb2_grpc,
    intelligence_service_pb2_grpc,
    lead_service_pb2_grpc,
    model_service_pb2_grpc,
    monitoring_service_pb2_grpc,
    recommendation_service_pb2_grpc,
    scoring_service_pb2_grpc,
    system_service_pb2_grpc,
)

from core.audit.audit_log import AuditLog
from core.ports import Clock
from server.access.building import Gate
from server.call import identify
from server.domain import Domain
from server.servicers.access import AccessServicer
from server.servicers.action_catalog import ActionCatalogServicer
from server.servicers.audit import AuditServicer
from server.servicers.catalog import CatalogServicer
from server.servicers.event import EventServicer
from server.servicers.experiment import ExperimentServicer
from server.servicers.feature import FeatureServicer
from server.servicers.feedback import FeedbackServicer
from server.servicers.health import Health
from server.servicers.intelligence import IntelligenceServicer
from server.servicers.lead import LeadServicer
from server.servicers.model import ModelServicer
from server.servicers.monitoring import MonitoringServicer
from server.servicers.recommendation import RecommendationServicer
from server.servicers.scoring import ScoringServicer
from server.servicers.system import SystemServicer
from server.services import SERVICES
from server.shadow_desk import ShadowDesk
from server.status_report import StatusReport


def serve_contract(  # noqa: PLR0917  called once, by the composition root
    server: grpc.Server, domain: Domain, gate: Gate, audit: AuditLog, report: StatusReport, clock: Clock
) -> None:
    """Add the servicers of the contract."""
    scoring_service_pb2_grpc.add_ScoringServiceServicer_to_server(
        ScoringServicer(domain.scorer, domain.experiments.scorer, identify, gate.authorizer.identify_again), server
    )
    lead_service_pb2_grpc.add_LeadServiceServicer_to_server(
        LeadServicer(domain.leads, identify, domain.fallbacks.refresh_if_cheap, clock), server
    )
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(
        ModelServicer(domain.models, identify, domain.monitoring.realised, domain.training), server
    )
    feedback_service_pb2_grpc.add_FeedbackServiceServicer_to_server(
        FeedbackServicer(domain.feedback, domain.intake, identify, clock), server
    )
    experiment_service_pb2_grpc.add_ExperimentServiceServicer_to_server(
        ExperimentServicer(domain.experiments, identify, clock), server
    )
    event_service_pb2_grpc.add_EventServiceServicer_to_server(EventServicer(domain.behavior, identify, clock), server)
    feature_service_pb2_grpc.add_FeatureServiceServicer_to_server(FeatureServicer(domain.behavior, identify), server)
    catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server(CatalogServicer(domain.shop, identify, clock), server)
    recommendation_service_pb2_grpc.add_RecommendationServiceServicer_to_server(
        RecommendationServicer(domain.shop, domain.insights, identify, clock), server
    )
    intelligence_service_pb2_grpc.add_IntelligenceServiceServicer_to_server(
        IntelligenceServicer(domain.conversation, domain.lead_health, domain.actions, identify, clock), server
    )
    action_catalog_service_pb2_grpc.add_ActionCatalogServiceServicer_to_server(
        ActionCatalogServicer(domain.actions, identify, clock), server
    )
    access_service_pb2_grpc.add_AccessServiceServicer_to_server(AccessServicer(gate.keys, identify, clock), server)
    audit_service_pb2_grpc.add_AuditServiceServicer_to_server(AuditServicer(audit, identify), server)
    monitoring_service_pb2_grpc.add_MonitoringServiceServicer_to_server(
        MonitoringServicer(
            domain.models,
            domain.monitoring.drift,
            domain.monitoring.alerts,
            ShadowDesk(scores=domain.beside.shadow_reports, heads=domain.heads.shadow_reports),
            domain.beside.online_reports,
            identify,
        ),
        server,
    )
    system_service_pb2_grpc.add_SystemServiceServicer_to_server(SystemServicer(report, identify), server)


def serve_standard(server: grpc.Server, *, with_reflection: bool) -> Health:
    """Add health, and reflection if it is wanted; return what health is told through."""
    servicer = Health(("", *SERVICES))
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    if with_reflection:
        reflection.enable_server_reflection((*SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    return servicer
