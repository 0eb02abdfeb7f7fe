"""One running server process."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import grpc
import structlog
from grpc_health.v1 import health, health_pb2

from core.adapters.prediction_log import PredictionLog
from core.adapters.sql.database import Database
from core.caller import LOCAL_CALLER
from core.scoring.served import ServedModels
from server.drain import Drain
from server.refresh import Refresher
from server.services import SERVICES
from server.settings import ServerSettings

log = structlog.get_logger("leadline.server")


@dataclass(slots=True, kw_only=True)
class LeadlineServer:
    """One running server process."""

    settings: ServerSettings
    grpc_server: grpc.Server
    health: health.HealthServicer
    drain: Drain
    refresher: Refresher
    served: ServedModels
    prediction_log: PredictionLog
    database: Database
    port: int
    _stopping: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin to serve."""
        self.served.refresh(LOCAL_CALLER.tenant)
        self.prediction_log.start()
        self.refresher.start()
        self.grpc_server.start()
        for service in ("", *SERVICES):
            self.health.set(service, health_pb2.HealthCheckResponse.SERVING)
        log.info("serving", address=f"{self.settings.host}:{self.port}", mode=self.settings.mode)

    def request_stop(self) -> None:
        """Ask :meth:`wait` to stop the server; safe in a signal handler."""
        self._stopping.set()

    def wait(self) -> None:
        """Serve until a stop is asked for, then stop in two phases."""
        self._stopping.wait()
        self.stop()

    def stop(self) -> None:
        """Say NOT_SERVING, refuse new calls, finish those under way, then stop: nothing that began is dropped."""
        self.health.enter_graceful_shutdown()
        self.drain.begin()
        log.info("draining", calls_under_way=self.drain.under_way)
        threading.Event().wait(self.settings.drain_notice.total_seconds())
        finished = self.drain.wait_until_empty(self.settings.drain_grace)
        self.grpc_server.stop(None if not finished else 1.0).wait()
        self.refresher.stop()
        self.prediction_log.stop(self.settings.drain_grace)
        self.database.close()
        log.info("stopped", finished=finished)
