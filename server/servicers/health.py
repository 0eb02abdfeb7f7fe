"""Health, for load balancers: asked by anybody, so nobody may make it remember or wait for anything."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_health.v1 import health
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

Send = Callable[[HealthCheckResponse], None]
_PATIENCE_SECONDS = 1.0
"""How long a watcher may take to accept an answer of a few bytes."""


class Health(health.HealthServicer):  # type: ignore[misc]  # it has no types
    """The standard service, for a fixed set of names.

    The library's own remembers every name that anybody watches, and answers watchers one after the other while
    everybody else, also who stops the server, waits for it.

    Args:
        names: Of the services there are; "" stands for the whole server.
    """

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self._watchers: dict[str, dict[Send, grpc.ServicerContext]] = {name: {} for name in names}
        self._teller = ThreadPoolExecutor(1, thread_name_prefix="health-watch")

    def Check(self, request: HealthCheckRequest, context: grpc.ServicerContext) -> HealthCheckResponse:
        """Return how a service is; NOT_FOUND if there is no such service."""
        status = self._server_status.get(request.service)
        if status is None:
            context.set_code(grpc.StatusCode.NOT_FOUND)
        return HealthCheckResponse(status=status)

    def Watch(self, request: HealthCheckRequest, context: grpc.ServicerContext, send: Send | None = None) -> None:
        """Send how a service is, now and whenever it changes; SERVICE_UNKNOWN if there is no such service."""
        if send is None:
            raise TypeError("must be called without waiting")
        name = request.service
        watchers = self._watchers.get(name)
        if watchers is not None:
            with self._lock:
                watchers[send] = context

            def forget() -> None:
                watchers.pop(send, None)

            if not context.add_callback(forget):
                forget()  # it has left already
        self._teller.submit(self._tell, name, send, context)

    def set(self, service: str, status: HealthCheckResponse.ServingStatus) -> None:
        """Say how a service is from now on."""
        with self._lock:
            if self._gracefully_shutting_down:
                return
            self._server_status[service] = status
            for send, context in list(self._watchers[service].items()):
                self._teller.submit(self._tell, service, send, context)

    def _tell(self, name: str, send: Send, context: grpc.ServicerContext) -> None:
        """Send the present status. Waits for the watcher to accept it, but not for long."""
        status = self._server_status.get(name) if name in self._watchers else None
        impatience = threading.Timer(_PATIENCE_SECONDS, context.cancel)
        impatience.daemon = True
        impatience.start()
        try:
            send(HealthCheckResponse(status=HealthCheckResponse.SERVICE_UNKNOWN if status is None else status))
        finally:
            impatience.cancel()
