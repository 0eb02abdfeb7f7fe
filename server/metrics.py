"""What the server counts, for Prometheus."""

from __future__ import annotations

from collections.abc import Sequence

import grpc
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from core.ports import Prediction

_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_SCORES = tuple(range(10, 100, 10))


class CallMetrics:
    """The figures of one method. Counts without labels to look up on the way."""

    __slots__ = ("_codes", "_method", "_ok", "_seconds")

    def __init__(self, method: str, calls: Counter, seconds: Histogram) -> None:
        self._method = method
        self._codes = calls
        self._ok = calls.labels(method, grpc.StatusCode.OK.name)
        self._seconds = seconds.labels(method)

    def ok(self, seconds: float) -> None:
        """Count an answered call."""
        self._ok.inc()
        self._seconds.observe(seconds)

    def failed(self, code: grpc.StatusCode, seconds: float) -> None:
        """Count a failed call."""
        self._codes.labels(self._method, code.name).inc()
        self._seconds.observe(seconds)


class ServerMetrics:
    """All figures of one server process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._calls = Counter(
            "leadline_server_calls", "Calls by method and status code.", ["method", "code"], registry=self.registry
        )
        self._seconds = Histogram(
            "leadline_server_call_seconds",
            "Time from request to answer.",
            ["method"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.in_flight = Gauge("leadline_server_calls_in_flight", "Calls under way.", registry=self.registry)
        self.scores = Histogram(
            "leadline_scoring_score", "Served scores.", ["source"], buckets=_SCORES, registry=self.registry
        )
        self.active_version = Gauge(
            "leadline_scoring_active_version_info",
            "1 for the serving version.",
            ["tenant", "version"],
            registry=self.registry,
        )
        self.predictions_logged = Counter(
            "leadline_prediction_log_written", "Answers written to the prediction log.", registry=self.registry
        )
        self.predictions_lost = Counter(
            "leadline_prediction_log_lost", "Answers that never reached the prediction log.", registry=self.registry
        )

    def of_method(self, method: str) -> CallMetrics:
        """Return the figures of one method, for example ``/leadline.v1.ScoringService/Score``."""
        return CallMetrics(method.rsplit(".", 1)[-1], self._calls, self._seconds)

    def count_predictions(self, predictions: Sequence[Prediction]) -> None:
        """Count logged answers and their scores; called off the response path."""
        self.predictions_logged.inc(len(predictions))
        for prediction in predictions:
            self.scores.labels(prediction.source).observe(prediction.score)

    def quantile(self, method: str, share: float) -> float | None:
        """Return an upper bound of a quantile of a method's times since the start, seconds; None before the first call.

        Args:
            method: For example ``ScoringService/Score``.
            share: In (0, 1), 0.99 for the p99.
        """
        counts = [
            (float(sample.labels["le"]), sample.value)
            for metric in self._seconds.collect()
            for sample in metric.samples
            if sample.name.endswith("_bucket") and sample.labels["method"] == method
        ]
        total = counts[-1][1] if counts else 0.0
        if not total:
            return None
        return next(bound for bound, count in counts if count >= share * total)
