"""What is counted of each call."""

from __future__ import annotations

import grpc
from prometheus_client import CollectorRegistry, Counter, Histogram

from server.observed.methods import method_label

SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


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


class AllCalls:
    """The figures of every method."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Counter(
            "leadline_server_calls", "Calls by method and status code.", ["method", "code"], registry=registry
        )
        self._seconds = Histogram(
            "leadline_server_call_seconds",
            "Time from request to answer.",
            ["method"],
            buckets=SECONDS,
            registry=registry,
        )

    def of_method(self, method: str) -> CallMetrics:
        """Return the figures of one method by its path, for example ``/leadline.v1.ScoringService/Score``."""
        return CallMetrics(method_label(method), self._calls, self._seconds)

    def quantile(self, method: str, share: float) -> float | None:
        """Return an upper bound of a quantile of a method's times in this process; see ``ServerMetrics``."""
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
