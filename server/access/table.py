"""The one table from methods to permissions. What is not in it is denied, and a server with a gap does not start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from core.access.permissions import Permission
from core.errors import LeadlineError
from server.services import DESCRIBED

PERMISSIONS: Mapping[str, Permission] = {
    "/leadline.v1.ScoringService/Score": Permission.SCORE,
    "/leadline.v1.ScoringService/BatchScore": Permission.SCORE,
    "/leadline.v1.ScoringService/StreamScore": Permission.SCORE,
    "/leadline.v1.LeadService/UpsertLeads": Permission.WRITE_LEADS,
    "/leadline.v1.LeadService/GetLead": Permission.READ_LEADS,
    "/leadline.v1.LeadService/ListLeads": Permission.READ_LEADS,
    "/leadline.v1.ModelService/ListModelVersions": Permission.READ_MODELS,
    "/leadline.v1.ModelService/GetModelVersion": Permission.READ_MODELS,
    "/leadline.v1.ModelService/GetModelMetrics": Permission.READ_MODELS,
    "/leadline.v1.ModelService/ListModelEvents": Permission.READ_MODEL_EVENTS,
    "/leadline.v1.ModelService/RegisterModelVersion": Permission.MANAGE_MODELS,
    "/leadline.v1.ModelService/ActivateModelVersion": Permission.MANAGE_MODELS,
    "/leadline.v1.ModelService/RollbackModel": Permission.MANAGE_MODELS,
    "/leadline.v1.ModelService/ClearShadowVersion": Permission.MANAGE_MODELS,
    "/leadline.v1.ModelService/PruneModelVersions": Permission.MANAGE_MODELS,
    "/leadline.v1.ModelService/RequestRetraining": Permission.MANAGE_MODELS,
    "/leadline.v1.ModelService/GetTrainingRun": Permission.READ_MODELS,
    "/leadline.v1.ModelService/ListTrainingRuns": Permission.READ_MODELS,
    "/leadline.v1.FeedbackService/RecordFeedback": Permission.WRITE_FEEDBACK,
    "/leadline.v1.FeedbackService/RecordImplicitFeedback": Permission.WRITE_FEEDBACK,
    "/leadline.v1.FeedbackService/ListFeedback": Permission.READ_FEEDBACK,
    "/leadline.v1.FeedbackService/GetFeedbackAnalytics": Permission.READ_FEEDBACK,
    "/leadline.v1.FeedbackService/PruneFeedback": Permission.MANAGE_FEEDBACK,
    "/leadline.v1.EventService/RecordEvents": Permission.WRITE_EVENTS,
    "/leadline.v1.EventService/ListEvents": Permission.READ_BEHAVIOR,
    "/leadline.v1.FeatureService/GetLeadFeatures": Permission.READ_BEHAVIOR,
    "/leadline.v1.FeatureService/BatchGetLeadFeatures": Permission.READ_BEHAVIOR,
    "/leadline.v1.FeatureService/GetInteractionFeatures": Permission.READ_BEHAVIOR,
    "/leadline.v1.FeatureService/BatchGetInteractionFeatures": Permission.READ_BEHAVIOR,
    "/leadline.v1.FeatureService/ListFeatureDefinitions": Permission.READ_BEHAVIOR,
    "/leadline.v1.CatalogService/UpsertItems": Permission.WRITE_CATALOG,
    "/leadline.v1.CatalogService/DeleteItems": Permission.WRITE_CATALOG,
    "/leadline.v1.CatalogService/ListItems": Permission.READ_CATALOG,
    "/leadline.v1.RecommendationService/Recommend": Permission.RECOMMEND,
    "/leadline.v1.RecommendationService/FindSimilarItems": Permission.READ_CATALOG,
    "/leadline.v1.RecommendationService/GetPreferenceDrift": Permission.READ_BEHAVIOR,
    "/leadline.v1.RecommendationService/GetAgentInsights": Permission.READ_AGENTS,
    "/leadline.v1.ExperimentService/PlanExperiment": Permission.READ_EXPERIMENTS,
    "/leadline.v1.ExperimentService/CreateExperiment": Permission.MANAGE_EXPERIMENTS,
    "/leadline.v1.ExperimentService/GetExperiment": Permission.READ_EXPERIMENTS,
    "/leadline.v1.ExperimentService/ListExperiments": Permission.READ_EXPERIMENTS,
    "/leadline.v1.ExperimentService/AssignVariant": Permission.SCORE,
    "/leadline.v1.ExperimentService/GetExperimentResults": Permission.READ_EXPERIMENTS,
    "/leadline.v1.ExperimentService/StopExperiment": Permission.MANAGE_EXPERIMENTS,
    "/leadline.v1.IntelligenceService/Analyze": Permission.ANALYZE,
    "/leadline.v1.IntelligenceService/AssessHealth": Permission.ANALYZE,
    "/leadline.v1.IntelligenceService/NextBestActions": Permission.ANALYZE,
    "/leadline.v1.IntelligenceService/RecordActionOutcome": Permission.WRITE_FEEDBACK,
    "/leadline.v1.IntelligenceService/RegisterInsightType": Permission.MANAGE_ACTIONS,
    "/leadline.v1.IntelligenceService/ListInsightTypes": Permission.READ_ACTIONS,
    "/leadline.v1.IntelligenceService/DeleteInsightType": Permission.MANAGE_ACTIONS,
    "/leadline.v1.IntelligenceService/GetConversation": Permission.READ_CONVERSATIONS,
    "/leadline.v1.ActionCatalogService/PublishActionCatalog": Permission.MANAGE_ACTIONS,
    "/leadline.v1.ActionCatalogService/GetActionCatalog": Permission.READ_ACTIONS,
    "/leadline.v1.ActionCatalogService/ListActionCatalogs": Permission.READ_ACTIONS,
    "/leadline.v1.ActionCatalogService/ActivateActionCatalog": Permission.MANAGE_ACTIONS,
    "/leadline.v1.MonitoringService/GetDriftReport": Permission.READ_MONITORING,
    "/leadline.v1.MonitoringService/ListAlerts": Permission.READ_MONITORING,
    "/leadline.v1.MonitoringService/GetShadowReport": Permission.READ_MONITORING,
    "/leadline.v1.MonitoringService/GetOnlineLearner": Permission.READ_MONITORING,
    "/leadline.v1.AccessService/CreateApiKey": Permission.MANAGE_KEYS,
    "/leadline.v1.AccessService/ListApiKeys": Permission.MANAGE_KEYS,
    "/leadline.v1.AccessService/RotateApiKey": Permission.MANAGE_KEYS,
    "/leadline.v1.AccessService/RevokeApiKey": Permission.MANAGE_KEYS,
    "/leadline.v1.AuditService/ListAuditRecords": Permission.READ_AUDIT,
    "/leadline.v1.SystemService/GetStatus": Permission.READ_STATUS,
    "/grpc.health.v1.Health/Check": Permission.ANYBODY,
    "/grpc.health.v1.Health/List": Permission.ANYBODY,
    "/grpc.health.v1.Health/Watch": Permission.ANYBODY,
    # Registered only where the settings switch it on, which production refuses.
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": Permission.ANYBODY,
}


def served_descriptors() -> list[ServiceDescriptor]:
    """Return the descriptor of every service a server may have."""
    beside = (health_pb2, reflection_pb2)
    return [*DESCRIBED, *(service for file in beside for service in file.DESCRIPTOR.services_by_name.values())]


def methods_of(services: Iterable[ServiceDescriptor]) -> list[str]:
    """Return the full names of all methods: ``/package.Service/Method``."""
    return [f"/{service.full_name}/{method.name}" for service in services for method in service.methods]


def check_complete(services: Iterable[ServiceDescriptor], table: Mapping[str, Permission] = PERMISSIONS) -> None:
    """Do nothing if the table holds exactly the methods of these services.

    Raises:
        LeadlineError: If a method is missing or superfluous; names them.
    """
    served = set(methods_of(services))
    missing, superfluous = served - table.keys(), table.keys() - served
    if missing or superfluous:
        message = f"the permission table lacks {sorted(missing)} and has {sorted(superfluous)} for nothing"
        raise LeadlineError(message)
