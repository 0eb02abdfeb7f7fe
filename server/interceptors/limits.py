"""How many bytes and how many parts a request of each method may have."""

from __future__ import annotations

from dataclasses import dataclass

from core.conversation.message import MOST_MESSAGES
from core.feedback.feedback_store import MAX_INTERACTIONS
from core.scoring.scorer import MAX_BATCH
from server.convert.lead_writes import MAX_WRITES
from server.convert.model import MAX_FILES

KIB = 1024
MIB = 1024 * KIB
DEFAULT_BYTES = 64 * KIB
LIMITS = {
    "/grpc.health.v1.Health/Check": 4 * KIB,
    "/grpc.health.v1.Health/Watch": 4 * KIB,
    "/leadline.v1.ScoringService/Score": 2 * MIB,
    "/leadline.v1.ScoringService/BatchScore": 32 * MIB,
    "/leadline.v1.ScoringService/StreamScore": 2 * MIB,
    "/leadline.v1.LeadService/UpsertLeads": 32 * MIB,
    "/leadline.v1.ModelService/RegisterModelVersion": 65 * MIB,
    "/leadline.v1.FeedbackService/RecordImplicitFeedback": 2 * MIB,
    "/leadline.v1.ExperimentService/CreateExperiment": MIB,
    "/leadline.v1.IntelligenceService/Analyze": 8 * MIB,
    "/leadline.v1.IntelligenceService/RegisterInsightType": MIB,
    "/leadline.v1.ActionCatalogService/PublishActionCatalog": 8 * MIB,
}
"""Above the largest valid request of each method, so that a field that is too long is named, not just refused."""
LARGEST = max(LIMITS.values())


def limit_of(method: str) -> int:
    """Return the most bytes a request of ``method`` may have."""
    return LIMITS.get(method, DEFAULT_BYTES)


@dataclass(frozen=True, slots=True)
class CountLimit:
    """How often the repeated field of a request may occur."""

    field: str
    most: int


_COUNTS = {
    "/leadline.v1.ScoringService/BatchScore": CountLimit("leads", MAX_BATCH),
    "/leadline.v1.LeadService/UpsertLeads": CountLimit("leads", MAX_WRITES),
    "/leadline.v1.ModelService/RegisterModelVersion": CountLimit("files", MAX_FILES),
    "/leadline.v1.FeedbackService/RecordImplicitFeedback": CountLimit("interactions", MAX_INTERACTIONS),
    "/leadline.v1.IntelligenceService/Analyze": CountLimit("messages", MOST_MESSAGES),
}


def count_limit_of(method: str) -> CountLimit | None:
    """Return the limit of the method's one repeated field, None if its request has none."""
    return _COUNTS.get(method)
