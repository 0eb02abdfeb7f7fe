"""Client for Leadline: how good a lead is, and why.

Names load when they are first used, so that ``import leadline`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from leadline.access import ApiKey, IssuedKey, Role
    from leadline.assignment import LocalAssigner
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
    from leadline.experiment import (
        AllocationMode,
        AssignedVariant,
        AssignmentReason,
        Experiment,
        ExperimentMetric,
        ExperimentState,
        MetricKind,
        MetricRole,
        StoppedExperiment,
        Variant,
    )
    from leadline.experiment_plan import (
        AaTest,
        EffectScale,
        ExperimentPlan,
        PlanAnswer,
    )
    from leadline.experiment_reading import (
        AdjustedReading,
        AlwaysValidReading,
        BayesianReading,
        FixedHorizonReading,
        GuardrailState,
        NonInferiorityReading,
        PlainRule,
        SequentialReading,
    )
    from leadline.experiment_result import (
        Comparison,
        ExperimentLook,
        ExperimentProgress,
        ExperimentResults,
        Recommendation,
        RecommendationCode,
        TrustCheck,
        TrustStatus,
        VariantResult,
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
    "AaTest",
    "Aborted",
    "ActionShare",
    "Activation",
    "AdjustedReading",
    "Alert",
    "AlertSeverity",
    "AllocationMode",
    "AlreadyExists",
    "AlwaysValidReading",
    "ApiKey",
    "ArtifactFile",
    "AssignedVariant",
    "AssignmentReason",
    "AttributeValue",
    "AuditDecision",
    "AuditRecord",
    "BayesianReading",
    "CalibrationFinding",
    "Client",
    "Comparison",
    "Contender",
    "Contribution",
    "DeadlineExceeded",
    "DependencyStatus",
    "DriftAnswer",
    "DriftBaseline",
    "DriftFinding",
    "DriftReport",
    "EffectScale",
    "Experiment",
    "ExperimentLook",
    "ExperimentMetric",
    "ExperimentPlan",
    "ExperimentProgress",
    "ExperimentResults",
    "ExperimentState",
    "FailedPrecondition",
    "FeatureGroup",
    "Feedback",
    "FeedbackAction",
    "FeedbackAnalytics",
    "FeedbackDay",
    "FeedbackPruneResult",
    "FeedbackSource",
    "FixedHorizonReading",
    "GuardrailState",
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
    "LocalAssigner",
    "Metric",
    "MetricKind",
    "MetricRole",
    "ModelEvent",
    "ModelEventType",
    "ModelVersion",
    "ModelVersionState",
    "NonInferiorityReading",
    "NotFound",
    "NotOffered",
    "OnlineLearner",
    "PermissionDenied",
    "PlainRule",
    "PlanAnswer",
    "PruneResult",
    "RateSummary",
    "Recommendation",
    "RecommendationCode",
    "ResourceExhausted",
    "RetrainingAnswer",
    "RetrainingTrigger",
    "Role",
    "Score",
    "ScoreBin",
    "ScoreSource",
    "ScoreWarning",
    "SequentialReading",
    "ServedModel",
    "ServiceTarget",
    "ServingState",
    "ShadowReport",
    "SourceShare",
    "Status",
    "StoppedExperiment",
    "StoredFeedback",
    "StoredLead",
    "TimeSlot",
    "TrainingDecision",
    "TrainingRun",
    "TrainingRunState",
    "TrustCheck",
    "TrustStatus",
    "Unauthenticated",
    "Unavailable",
    "UpsertResult",
    "Variant",
    "VariantResult",
    "VersionMetrics",
    "Violation",
]

_HOMES: Final = (
    ("access", ("ApiKey", "IssuedKey", "Role")),
    ("assignment", ("LocalAssigner",)),
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
    (
        "experiment",
        (
            "AllocationMode",
            "AssignedVariant",
            "AssignmentReason",
            "Experiment",
            "ExperimentMetric",
            "ExperimentState",
            "MetricKind",
            "MetricRole",
            "StoppedExperiment",
            "Variant",
        ),
    ),
    (
        "experiment_plan",
        (
            "AaTest",
            "EffectScale",
            "ExperimentPlan",
            "PlanAnswer",
        ),
    ),
    (
        "experiment_reading",
        (
            "AdjustedReading",
            "AlwaysValidReading",
            "BayesianReading",
            "FixedHorizonReading",
            "GuardrailState",
            "NonInferiorityReading",
            "PlainRule",
            "SequentialReading",
        ),
    ),
    (
        "experiment_result",
        (
            "Comparison",
            "ExperimentLook",
            "ExperimentProgress",
            "ExperimentResults",
            "Recommendation",
            "RecommendationCode",
            "TrustCheck",
            "TrustStatus",
            "VariantResult",
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
