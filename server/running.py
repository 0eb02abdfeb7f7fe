"""One running server process."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import FrameType
from typing import Protocol

import grpc
import structlog
from grpc_health.v1 import health, health_pb2

from core.adapters.sql.database import Database
from core.adapters.write_behind import WriteBehind
from core.monitoring.watch import ServingWatch
from core.ports import Prediction
from core.scoring.served import ServedModels
from core.scoring.shadow.scoring import ShadowScoring
from server.alert_watch import AlertWatch
from server.drain import Drain
from server.observed.http import HttpEndpoint
from server.observed.sampling import Sampler
from server.observed.tracing import Tracing
from server.outage_copies import OutageCopies
from server.refresh import Refresher
from server.services import SERVICES
from server.settings import ServerSettings
from server.stopping import stop_answering
from server.upkeep import Upkeep

log = structlog.get_logger("leadline.server")


class Background(Protocol):
    """Works off the response path, with a thread of its own."""

    def start(self) -> None:
        """Begin."""

    def stop(self, timeout: timedelta) -> None:
        """Finish what is left, for at most ``timeout``."""


@dataclass(slots=True, kw_only=True)
class LeadlineServer:
    """One running server process."""

    settings: ServerSettings
    grpc_server: grpc.Server
    health: health.HealthServicer
    drain: Drain
    refresher: Refresher
    upkeep: Upkeep
    served: ServedModels
    prediction_log: WriteBehind[Prediction]
    serving_watch: ServingWatch
    alert_watch: AlertWatch | None
    shadow: ShadowScoring
    copies: OutageCopies
    background: Sequence[Background]
    """What else has threads of its own."""
    database: Database
    sampler: Sampler
    tracing: Tracing
    http: HttpEndpoint | None
    port: int
    _stopping: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin to serve."""
        self.prediction_log.start()
        self.serving_watch.start()
        if self.alert_watch is not None:
            self.alert_watch.start()
        self.shadow.start()
        self.copies.start()
        for one in self.background:
            one.start()
        self.refresher.start()
        self.upkeep.start()
        self.grpc_server.start()
        self.sampler.start()
        for service in ("", *SERVICES):
            self.health.set(service, health_pb2.HealthCheckResponse.SERVING)
        self.drain.open()
        log.info("serving", address=f"{self.settings.host}:{self.port}", mode=self.settings.mode)

    def stop_on_signals(self) -> None:
        """Stop at SIGTERM or SIGINT; a second one ends the process at once."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, caught: int, _frame: FrameType | None) -> None:
        signal.signal(caught, signal.SIG_DFL)
        self.request_stop()

    def request_stop(self) -> None:
        """Ask :meth:`wait` to stop the server; safe in a signal handler."""
        self._stopping.set()

    def wait(self) -> None:
        """Serve until a stop is asked for, then stop in two phases."""
        self.wait_for_request()
        self.stop()

    def wait_for_request(self) -> None:
        """Serve until a stop is asked for."""
        self._stopping.wait()

    def stop(self) -> None:
        """Say NOT_SERVING and go on for a while, then refuse, finish, part and stop: nothing that began is dropped."""
        self.health.enter_graceful_shutdown()
        self.drain.announce()
        log.info("draining", calls_under_way=self.drain.under_way)
        time.sleep(self.settings.drain_notice.total_seconds())
        finished = stop_answering(self.grpc_server, self.drain, self.port, self.settings.drain_grace)
        self.refresher.stop()
        self.upkeep.stop()
        self.copies.stop()
        self.sampler.stop()
        self.prediction_log.stop(self.settings.drain_grace)
        self.serving_watch.stop(self.settings.drain_grace)
        if self.alert_watch is not None:
            self.alert_watch.stop()
        self.shadow.stop(self.settings.drain_grace)
        for one in self.background:
            one.stop(self.settings.drain_grace)
        self.tracing.stop()
        self.database.close()
        if self.http is not None:
            self.http.stop()
        log.info("stopped", finished=finished)
