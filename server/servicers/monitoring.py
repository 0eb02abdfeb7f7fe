"""MonitoringService."""

from __future__ import annotations

import grpc
from leadline.v1 import monitoring_service_pb2 as pb
from leadline.v1 import monitoring_service_pb2_grpc

from core.monitoring.alert_store import AlertStore
from core.monitoring.drift_store import DriftStore
from core.paging import decode_page_token, encode_page_token, page_limit
from core.scoring.lifecycle import ModelLifecycle
from core.scoring.online.report import OnlineReports
from server.convert.model import kind_from_wire
from server.convert.monitoring import alert_to_wire, history_limit, reports_to_wire
from server.convert.shadow import online_report_to_wire, shadow_report_to_wire
from server.identity import Identify
from server.shadow_desk import ShadowDesk

_ALERTS = "alerts"


class MonitoringServicer(monitoring_service_pb2_grpc.MonitoringServiceServicer):
    """Wire face of what :mod:`core.monitoring` keeps.

    Args:
        models: Says which version is active.
        drift: Reports of drift checks.
        alerts: Alerts.
        shadow: Reports on the challenger.
        online: Reports on the online learner.
        identify: Says who calls.
    """

    def __init__(  # noqa: PLR0917  built once, in the composition root
        self,
        models: ModelLifecycle,
        drift: DriftStore,
        alerts: AlertStore,
        shadow: ShadowDesk,
        online: OnlineReports,
        identify: Identify,
    ) -> None:
        self._models = models
        self._drift = drift
        self._alerts = alerts
        self._shadow = shadow
        self._online = online
        self._identify = identify

    def GetDriftReport(
        self, request: pb.GetDriftReportRequest, context: grpc.ServicerContext
    ) -> pb.GetDriftReportResponse:
        """Read the newest drift report."""
        tenant, kind = self._identify(context).tenant, kind_from_wire(request.kind)
        version = self._models.find(tenant, kind, request.version).manifest.version
        return reports_to_wire(self._drift.history(tenant, kind, version, history_limit(request) + 1))

    def ListAlerts(self, request: pb.ListAlertsRequest, context: grpc.ServicerContext) -> pb.ListAlertsResponse:
        """List alerts."""
        tenant = self._identify(context).tenant
        filters = {"only_open": str(request.only_open)}
        after = decode_page_token(request.page_token, tenant, _ALERTS, filters)
        limit = page_limit(request.page_size)
        page = self._alerts.list(tenant, limit=limit, after=after, only_open=request.only_open)
        token = encode_page_token(tenant, _ALERTS, filters, page.next_key)
        return pb.ListAlertsResponse(alerts=map(alert_to_wire, page.items), next_page_token=token)

    def GetShadowReport(
        self, request: pb.GetShadowReportRequest, context: grpc.ServicerContext
    ) -> pb.GetShadowReportResponse:
        """Compare the challenger in the shadow with what was served."""
        tenant = self._identify(context).tenant
        return shadow_report_to_wire(self._shadow.report(tenant, kind_from_wire(request.kind)))

    def GetOnlineLearner(
        self, request: pb.GetOnlineLearnerRequest, context: grpc.ServicerContext
    ) -> pb.GetOnlineLearnerResponse:
        """Say what the online learner has learned."""
        tenant = self._identify(context).tenant
        return online_report_to_wire(self._online.report(tenant, kind_from_wire(request.kind)))
