"""SystemService."""

from __future__ import annotations

import grpc
from leadline.v1 import system_service_pb2 as pb
from leadline.v1 import system_service_pb2_grpc

from server.identity import Identify
from server.status_report import StatusReport


class SystemServicer(system_service_pb2_grpc.SystemServiceServicer):
    """Wire face of :class:`server.status_report.StatusReport`."""

    def __init__(self, report: StatusReport, identify: Identify) -> None:
        self._report = report
        self._identify = identify

    def GetStatus(self, request: pb.GetStatusRequest, context: grpc.ServicerContext) -> pb.GetStatusResponse:
        """Read the state of the server."""
        return self._report.read(self._identify(context).tenant)
