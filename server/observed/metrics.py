"""What the server counts, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge

from core.adapters.sql.audit_log import AUDIT
from core.errors import DependencyDown, LeadlineError
from core.ports import Prediction
from server.observed.action_metrics import ActionMetrics
from server.observed.analysis_metrics import AnalysisMetrics
from server.observed.behavior_metrics import BehaviorMetrics
from server.observed.call_metrics import AllCalls, CallMetrics
from server.observed.conversation_metrics import StoredConversationMetrics
from server.observed.experiment_metrics import ExperimentMetrics
from server.observed.guard_metrics import AdmissionMetrics, BreakerMetrics, CacheMetrics
from server.observed.health_metrics import LeadHealthMetrics
from server.observed.live_metrics import LiveMetrics
from server.observed.model_metrics import ModelMetrics
from server.observed.monitoring_metrics import MonitoringMetrics
from server.observed.recommendation_metrics import RecommendationMetrics
from server.observed.sampling import Sampler
from server.observed.shadow_metrics import ShadowMetrics

__all__ = ["CallMetrics", "ServerMetrics"]


class ServerMetrics:
    """All figures of one server process, in a registry of its own.

    Where several processes share a port, each writes its figures to files in the folder that the environment variable
    ``PROMETHEUS_MULTIPROC_DIR`` names when ``prometheus_client`` is imported; whoever answers on the metrics port adds
    them up (:mod:`server.observed.scrape`).
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.sampler = Sampler()
        """Keeps gauges up to date once it is started."""
        self._calls = AllCalls(self.registry)
        self.admission = AdmissionMetrics(self.registry, self.sampler)
        self.cache = CacheMetrics(self.registry)
        self._breakers = BreakerMetrics(self.registry)
        self.models = ModelMetrics(self.registry)
        self.monitoring = MonitoringMetrics(self.registry)
        self.shadow = ShadowMetrics(self.registry)
        self.experiments = ExperimentMetrics(self.registry)
        self.recommendations = RecommendationMetrics(self.registry)
        self.actions = ActionMetrics(self.registry)
        self.lead_health = LeadHealthMetrics(self.registry)
        self.analyses = AnalysisMetrics(self.registry)
        self.stored_conversations = StoredConversationMetrics(self.registry)
        self.behavior = BehaviorMetrics(self.registry)
        self.live_leads = LiveMetrics(self.registry)
        self._ready = Gauge(
            "leadline_server_ready",
            "Server processes that take calls.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._audit_failed = Counter(
            "leadline_audit_failed",
            "Changes refused because their audit record could not be written, and refusals without one.",
            registry=self.registry,
        )
        self._log_fields_dropped = Counter(
            "leadline_log_fields_dropped", "Fields dropped from log lines: not on the list.", registry=self.registry
        )

    def of_method(self, method: str) -> CallMetrics:
        """Return the figures of one method, for example ``/leadline.v1.ScoringService/Score``."""
        return self._calls.of_method(method)

    def watch_ready(self, is_ready: Callable[[], bool]) -> None:
        """Show whether this process takes calls."""
        self.sampler.watch(self._ready.set, is_ready)

    def breaker(self, name: str, state: str) -> None:
        """Show the state of the circuit breaker of a dependency: ``closed``, ``half_open`` or ``open``."""
        self._breakers.show(name, state)

    def count_refused(self, error: LeadlineError) -> None:
        """Count what needs more than a status code: a change refused because its audit record cannot be written."""
        if isinstance(error, DependencyDown) and error.metadata["dependency"] == AUDIT:
            self._audit_failed.inc()

    def count_unrecorded(self) -> None:
        """Count a call that was refused without the audit record of it."""
        self._audit_failed.inc()

    def log_fields_dropped(self, count: int) -> None:
        """Count fields that were dropped from a log line."""
        self._log_fields_dropped.inc(count)

    def count_predictions(self, predictions: Sequence[Prediction]) -> None:
        """Count logged answers and their scores; called off the response path."""
        self.models.count_predictions(predictions)

    def count_lost_predictions(self, count: int) -> None:
        """Count answers that were not logged."""
        self.models.lost(count)

    def quantile(self, method: str, share: float) -> float | None:
        """Return an upper bound of a quantile of a method's times since the start, seconds; None before the first call.

        Of this process, also where several serve.

        Args:
            method: For example ``ScoringService/Score``.
            share: In (0, 1), 0.99 for the p99.
        """
        return self._calls.quantile(method, share)
