"""What is counted of monitoring itself, and the alerts it has raised."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge

from core.monitoring.alert import AlertCause


class MonitoringMetrics:
    """Answers that are in no sum, sums that could not be written, alerts that are not over."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._lost = Counter(
            "leadline_serving_watch_lost", "Answers that are in no sum for drift checks.", registry=registry
        )
        self._failed = Counter(
            "leadline_serving_watch_failed",
            "Sums of answers that could not be written; tried again.",
            registry=registry,
        )
        self._alerts = Gauge(
            "leadline_monitoring_open_alerts",
            "Alerts that are not over, by cause, over all tenants.",
            ["cause"],
            registry=registry,
            multiprocess_mode="livemax",
        )

    def lost_answers(self, count: int) -> None:
        """Count answers that are in no sum."""
        self._lost.inc(count)

    def failed_writes(self, count: int) -> None:
        """Count sums that could not be written."""
        self._failed.inc(count)

    def open_alerts(self, counts: Mapping[str, int]) -> None:
        """Show how many alerts are not over; causes that are left out have none."""
        for cause in AlertCause:
            self._alerts.labels(cause.value).set(counts.get(cause.value, 0))
