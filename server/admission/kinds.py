"""Kinds of calls. Each kind has threads and a queue of its own, so that no kind can starve another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from server.services import READS

OWN_METHODS = "/leadline.v1."
_HEALTH = "/grpc.health.v1."
_MOST_BATCHES = 2
_SHORTER = 8
_LONGER = 16
"""A BatchScore takes at least as long as so many Scores, so that its queue is that much shorter."""


class CallKind(StrEnum):
    """Calls that wait for each other."""

    SCORE = "score"
    STREAM = "stream"
    BATCH = "batch"
    RECOMMEND = "recommend"
    ANALYZE = "analyze"
    """Messages to read: most of it runs outside of the interpreter lock."""
    DECIDE = "decide"
    """How a lead is and what to do next."""
    EVENTS = "events"
    """Batches of events: some work, then a wait for the disk."""
    WRITE = "write"
    FEEDBACK = "feedback"
    """One piece of it, or the exposure of one unit: little work, then a wait for the disk."""
    MODELS = "models"
    """Changes of models, of what they learn from, and of experiments with them: rare, and seconds long."""
    REPORT = "report"
    """Reads that add up a tenant's whole history, one at a time."""
    READ = "read"
    HEALTH = "health"
    REFLECTION = "reflection"
    UNKNOWN_CALLER = "unknown_caller"
    """Calls of any kind whose credential was never seen: most of them are refused once it is checked."""


_KINDS = {
    "/leadline.v1.ScoringService/Score": CallKind.SCORE,
    "/leadline.v1.ScoringService/StreamScore": CallKind.STREAM,
    "/leadline.v1.ScoringService/BatchScore": CallKind.BATCH,
    "/leadline.v1.RecommendationService/Recommend": CallKind.RECOMMEND,
    "/leadline.v1.IntelligenceService/Analyze": CallKind.ANALYZE,
    "/leadline.v1.IntelligenceService/AssessHealth": CallKind.DECIDE,
    "/leadline.v1.IntelligenceService/NextBestActions": CallKind.DECIDE,
    "/leadline.v1.IntelligenceService/RecordActionOutcome": CallKind.FEEDBACK,
    "/leadline.v1.EventService/RecordEvents": CallKind.EVENTS,
    "/leadline.v1.RecommendationService/GetAgentInsights": CallKind.REPORT,
    "/leadline.v1.RecommendationService/GetPreferenceDrift": CallKind.REPORT,
    "/leadline.v1.FeedbackService/RecordFeedback": CallKind.FEEDBACK,
    "/leadline.v1.ModelService/RegisterModelVersion": CallKind.MODELS,
    "/leadline.v1.ModelService/ActivateModelVersion": CallKind.MODELS,
    "/leadline.v1.ModelService/RollbackModel": CallKind.MODELS,
    "/leadline.v1.ModelService/ClearShadowVersion": CallKind.MODELS,
    "/leadline.v1.ModelService/PruneModelVersions": CallKind.MODELS,
    "/leadline.v1.ModelService/RequestRetraining": CallKind.MODELS,
    "/leadline.v1.FeedbackService/PruneFeedback": CallKind.MODELS,
    "/leadline.v1.ExperimentService/CreateExperiment": CallKind.MODELS,
    "/leadline.v1.ExperimentService/StopExperiment": CallKind.MODELS,
    "/leadline.v1.ExperimentService/AssignVariant": CallKind.FEEDBACK,
    "/leadline.v1.ExperimentService/PlanExperiment": CallKind.REPORT,
    "/leadline.v1.ExperimentService/GetExperimentResults": CallKind.REPORT,
    "/leadline.v1.ModelService/GetModelMetrics": CallKind.REPORT,
    "/leadline.v1.MonitoringService/GetShadowReport": CallKind.REPORT,
    "/leadline.v1.MonitoringService/GetDriftReport": CallKind.REPORT,
    "/leadline.v1.FeedbackService/GetFeedbackAnalytics": CallKind.REPORT,
}


def kind_of(method: str) -> CallKind:
    """Return the kind of a method, for example of ``/leadline.v1.ScoringService/Score``.

    A method of the contract that is not named here is a read if it declares to have no side effects, else a write.
    """
    named = _KINDS.get(method)
    if named is not None:
        return named
    if method.startswith(_HEALTH):
        return CallKind.HEALTH
    if not method.startswith(OWN_METHODS):
        return CallKind.REFLECTION
    return CallKind.READ if method in READS else CallKind.WRITE


@dataclass(frozen=True, slots=True, kw_only=True)
class LanePlan:
    """The size of one lane."""

    threads: int
    """Calls that run at once, 1 or more."""
    queue: int
    """Calls that may wait for a thread, 0 or more."""
    most_each: int
    """Calls of one tenant, waiting and running, however idle the lane is."""

    @property
    def short_queue(self) -> int:
        """Calls that may wait while more come than can be answered."""
        return -(-self.queue // _SHORTER)


def plan_lanes(max_workers: int, queue_calls: int) -> dict[CallKind, LanePlan]:
    """Share out threads and queues.

    All threads share one interpreter lock, and pass it around at a price: four threads answered a fifth fewer Scores
    than two, a second BatchScore at once makes no batch faster and every Score slower, and four Recommends at once took
    half as long again as one after the other. So these get few threads however many there are, and processes do the
    rest. A write of feedback spends its time waiting for the disk, where
    all that wait at once share a sync: there many threads are what makes it fast. A report adds up for as long as
    there is something to add up, so one at a time.

    Args:
        max_workers: Threads to share out, 1 or more. Every lane gets at least one.
        queue_calls: Calls that may wait for a Score; other kinds get a part of it.
    """
    half, quarter = max(1, max_workers // 2), max(1, max_workers // 4)
    batches = min(_MOST_BATCHES, max(1, max_workers // 8))
    some = max(1, queue_calls // 4)
    return {
        CallKind.SCORE: _lane(quarter, queue_calls),
        CallKind.STREAM: _streams(half),
        CallKind.BATCH: _lane(batches, max(4, queue_calls // _LONGER)),
        CallKind.RECOMMEND: _lane(min(_MOST_BATCHES, quarter), queue_calls),
        CallKind.ANALYZE: _lane(min(_MOST_BATCHES, quarter), queue_calls),
        CallKind.DECIDE: _lane(min(_MOST_BATCHES, quarter), queue_calls),
        CallKind.EVENTS: _lane(quarter, queue_calls),
        CallKind.WRITE: _lane(quarter, queue_calls),
        CallKind.FEEDBACK: _lane(max_workers + half, queue_calls),
        CallKind.MODELS: _lane(1, some),
        CallKind.REPORT: _lane(1, some),
        CallKind.READ: _lane(max(2, quarter), queue_calls),
        CallKind.HEALTH: _lane(2, queue_calls),
        CallKind.REFLECTION: _streams(2),
        CallKind.UNKNOWN_CALLER: _lane(2, some),
    }


def _lane(threads: int, queue: int) -> LanePlan:
    return LanePlan(threads=threads, queue=queue, most_each=threads + queue)


def _streams(threads: int) -> LanePlan:
    """A stream holds its thread for as long as its caller likes: waiting for one is in vain, and one stays free."""
    return LanePlan(threads=threads + 1, queue=0, most_each=threads)
