"""SystemService."""

from __future__ import annotations

from datetime import timedelta

from leadline.convert.status import status_from_wire
from leadline.status import Status
from leadline.transport import Transport
from leadline.v1 import system_service_pb2


class SystemCalls:
    """Says how the server itself is."""

    _transport: Transport

    def status(self, *, timeout: timedelta | None = None) -> Status:
        """Read the state of the server, its dependencies, its models and its targets."""
        request = system_service_pb2.GetStatusRequest()
        return status_from_wire(self._transport.call(self._transport.system.GetStatus, request, timeout=timeout))
