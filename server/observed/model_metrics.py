"""What is counted of models and scores."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from core.ports import Prediction
from server.observed.labels import ACTIVE_VERSION, MOST_TENANTS, OTHER, BoundedLabel

_SCORES = tuple(range(10, 100, 10))


class ModelMetrics:
    """Which versions serve, and what they answer."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._scores = Histogram(
            "leadline_scoring_score", "Served scores.", ["source"], buckets=_SCORES, registry=registry
        )
        self._active = Gauge(
            ACTIVE_VERSION,
            "1 for a version that serves in any process; the tenants after the first 100 are `other`.",
            ["tenant", "version"],
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._refreshed = Gauge(
            "leadline_scoring_refresh_time_seconds",
            "Unix time at which the process that is furthest behind last looked up the active versions.",
            registry=registry,
            multiprocess_mode="livemin",
        )
        self._refreshed.set(time.time())  # not 1970, until the first look
        self._problem = Gauge(
            "leadline_scoring_refresh_problem",
            "Processes that cannot serve what is active; GetStatus and the log say why.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._written = Counter(
            "leadline_prediction_log_written", "Answers written to the prediction log.", registry=registry
        )
        self._lost = Counter(
            "leadline_prediction_log_lost", "Answers that never reached the prediction log.", registry=registry
        )
        self._tenants = BoundedLabel(MOST_TENANTS)
        self._shown: set[tuple[str, str]] = set()

    def serving(self, versions: Mapping[str, str]) -> None:
        """Show which version serves each tenant; called by one thread."""
        now = {self._label(tenant, version) for tenant, version in versions.items()}
        for labels in now - self._shown:
            self._active.labels(*labels).set(1)
        for labels in self._shown - now:
            # Files of several processes cannot forget a label: zeros are left out when the figures are read.
            self._active.labels(*labels).set(0)
        self._shown = now

    def refreshed(self, problem: str) -> None:
        """Show whether the last look at the active versions went well; ``problem`` is "" if so."""
        self._problem.set(1 if problem else 0)
        if not problem:
            self._refreshed.set(time.time())

    def count_predictions(self, predictions: Sequence[Prediction]) -> None:
        """Count logged answers and their scores; called off the response path."""
        self._written.inc(len(predictions))
        for prediction in predictions:
            self._scores.labels(prediction.source).observe(prediction.score)

    def lost(self, count: int) -> None:
        """Count answers that were not logged."""
        self._lost.inc(count)

    def _label(self, tenant: str, version: str) -> tuple[str, str]:
        label = self._tenants.of(tenant)
        return (label, version) if label == tenant else (OTHER, OTHER)
