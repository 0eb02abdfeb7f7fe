"""MonitoringService."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from leadline.convert.monitoring import alert_from_wire, online_from_wire, report_from_wire, shadow_from_wire
from leadline.monitoring import Alert, DriftAnswer, OnlineLearner, ShadowReport
from leadline.transport import Transport
from leadline.v1 import monitoring_service_pb2 as pb


class MonitoringCalls:
    """Says whether what is served is still what was learned. An empty kind means ``lead_score``."""

    _transport: Transport

    def drift_report(
        self, version: str = "", *, history_count: int = 0, kind: str = "", timeout: timedelta | None = None
    ) -> DriftAnswer:
        """Read the newest drift report of a version, and up to ``history_count`` (0 to 365) before it.

        Args:
            version: "" means the active one.
            history_count: How many before the newest.
            kind: Of the model.
            timeout: None means the client's.
        """
        request = pb.GetDriftReportRequest(kind=kind, version=version, history_count=history_count)
        response = self._transport.call(self._transport.monitoring.GetDriftReport, request, timeout=timeout)
        report = report_from_wire(response.report) if response.HasField("report") else None
        return DriftAnswer(report=report, history=tuple(map(report_from_wire, response.history)))

    def alerts(
        self, *, only_open: bool = False, page_size: int = 50, timeout: timedelta | None = None
    ) -> Iterator[Alert]:
        """Yield alerts, newest first; pages are fetched as they are needed."""
        token = ""
        while True:
            request = pb.ListAlertsRequest(page_size=page_size, page_token=token, only_open=only_open)
            response = self._transport.call(self._transport.monitoring.ListAlerts, request, timeout=timeout)
            yield from map(alert_from_wire, response.alerts)
            token = response.next_page_token
            if not token:
                return

    def shadow_report(self, *, kind: str = "", timeout: timedelta | None = None) -> ShadowReport:
        """Compare the challenger in the shadow with what was served."""
        request = pb.GetShadowReportRequest(kind=kind)
        return shadow_from_wire(
            self._transport.call(self._transport.monitoring.GetShadowReport, request, timeout=timeout)
        )

    def online_learner(self, *, kind: str = "", timeout: timedelta | None = None) -> OnlineLearner:
        """Say what the online learner has learned and whether it may move scores."""
        request = pb.GetOnlineLearnerRequest(kind=kind)
        return online_from_wire(
            self._transport.call(self._transport.monitoring.GetOnlineLearner, request, timeout=timeout)
        )
