"""Client for Leadline: how good a lead is, and why.

Names load when they are first used, so that ``import leadline`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from leadline.access import ApiKey, IssuedKey, Role
    from leadline.audit import AuditDecision, AuditRecord
    from leadline.client import Client
    from leadline.errors import (
        Aborted,
        AlreadyExists,
        DeadlineExceeded,
        FailedPrecondition,
        InternalError,
        InvalidRequest,
        LeadlineError,
        NotFound,
        NotOffered,
        PermissionDenied,
        ResourceExhausted,
        Unauthenticated,
        Unavailable,
        Violation,
    )
    from leadline.feedback import (
        ActionShare,
        Feedback,
        FeedbackAction,
        FeedbackAnalytics,
        FeedbackDay,
        FeedbackPruneResult,
        FeedbackSource,
        Interaction,
        RateSummary,
        SourceShare,
        StoredFeedback,
        TimeSlot,
    )
    from leadline.lead import AttributeValue, Lead, LeadOutcome, LeadWrite, StoredLead, UpsertResult
    from leadline.model import (
        Activation,
        ArtifactFile,
        Metric,
        ModelEvent,
        ModelEventType,
        ModelVersion,
        ModelVersionState,
        PruneResult,
        VersionMetrics,
    )
    from leadline.monitoring import (
        Alert,
        AlertSeverity,
        CalibrationFinding,
        DriftAnswer,
        DriftBaseline,
        DriftFinding,
        DriftReport,
        OnlineLearner,
        ScoreBin,
        ShadowReport,
    )
    from leadline.score import (
        Contribution,
        FeatureGroup,
        Interval,
        IntervalMethod,
        LeadError,
        Score,
        ScoreSource,
        ScoreWarning,
    )
    from leadline.status import DependencyStatus, ServedModel, ServiceTarget, ServingState, Status
    from leadline.training import (
        Contender,
        RetrainingAnswer,
        RetrainingTrigger,
        TrainingDecision,
        TrainingRun,
        TrainingRunState,
    )

__all__ = [
    "Aborted",
    "ActionShare",
    "Activation",
    "Alert",
    "AlertSeverity",
    "AlreadyExists",
    "ApiKey",
    "ArtifactFile",
    "AttributeValue",
    "AuditDecision",
    "AuditRecord",
    "CalibrationFinding",
    "Client",
    "Contender",
    "Contribution",
    "DeadlineExceeded",
    "DependencyStatus",
    "DriftAnswer",
    "DriftBaseline",
    "DriftFinding",
    "DriftReport",
    "FailedPrecondition",
    "FeatureGroup",
    "Feedback",
    "FeedbackAction",
    "FeedbackAnalytics",
    "FeedbackDay",
    "FeedbackPruneResult",
    "FeedbackSource",
    "Interaction",
    "InternalError",
    "Interval",
    "IntervalMethod",
    "InvalidRequest",
    "IssuedKey",
    "Lead",
    "LeadError",
    "LeadOutcome",
    "LeadWrite",
    "LeadlineError",
    "Metric",
    "ModelEvent",
    "ModelEventType",
    "ModelVersion",
    "ModelVersionState",
    "NotFound",
    "NotOffered",
    "OnlineLearner",
    "PermissionDenied",
    "PruneResult",
    "RateSummary",
    "ResourceExhausted",
    "RetrainingAnswer",
    "RetrainingTrigger",
    "Role",
    "Score",
    "ScoreBin",
    "ScoreSource",
    "ScoreWarning",
    "ServedModel",
    "ServiceTarget",
    "ServingState",
    "ShadowReport",
    "SourceShare",
    "Status",
    "StoredFeedback",
    "StoredLead",
    "TimeSlot",
    "TrainingDecision",
    "TrainingRun",
    "TrainingRunState",
    "Unauthenticated",
    "Unavailable",
    "UpsertResult",
    "VersionMetrics",
    "Violation",
]

_HOMES: Final = (
    ("access", ("ApiKey", "IssuedKey", "Role")),
    ("audit", ("AuditDecision", "AuditRecord")),
    ("client", ("Client",)),
    ("lead", ("AttributeValue", "Lead", "LeadOutcome", "LeadWrite", "StoredLead", "UpsertResult")),
    ("score", ("Contribution", "FeatureGroup", "Interval", "IntervalMethod", "LeadError")),
    ("score", ("Score", "ScoreSource", "ScoreWarning")),
    ("model", ("Activation", "ArtifactFile", "Metric", "ModelEvent", "ModelEventType", "ModelVersion")),
    ("model", ("ModelVersionState", "PruneResult", "VersionMetrics")),
    (
        "feedback",
        (
            "ActionShare",
            "Feedback",
            "FeedbackAction",
            "FeedbackAnalytics",
        ),
    ),
    (
        "feedback",
        (
            "FeedbackDay",
            "FeedbackPruneResult",
            "FeedbackSource",
            "Interaction",
        ),
    ),
    (
        "feedback",
        (
            "RateSummary",
            "SourceShare",
            "StoredFeedback",
            "TimeSlot",
        ),
    ),
    (
        "training",
        (
            "Contender",
            "RetrainingAnswer",
            "RetrainingTrigger",
            "TrainingDecision",
        ),
    ),
    (
        "training",
        (
            "TrainingRun",
            "TrainingRunState",
        ),
    ),
    (
        "monitoring",
        (
            "Alert",
            "AlertSeverity",
            "CalibrationFinding",
            "DriftAnswer",
        ),
    ),
    (
        "monitoring",
        (
            "DriftBaseline",
            "DriftFinding",
            "DriftReport",
            "OnlineLearner",
        ),
    ),
    (
        "monitoring",
        (
            "ScoreBin",
            "ShadowReport",
        ),
    ),
    ("status", ("DependencyStatus", "ServedModel", "ServiceTarget", "ServingState", "Status")),
)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = next((module for module, names in _HOMES if name in names), "errors")
    value = getattr(import_module(f"leadline.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
