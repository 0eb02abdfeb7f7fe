"""A real server and channel with the real door in front, and servicers that take as long as they are told."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import grpc
from grpc_health.v1 import health_pb2_grpc
from leadline.v1 import lead_pb2, scoring_service_pb2_grpc, system_service_pb2_grpc
from leadline.v1 import scoring_service_pb2 as pb
from leadline.v1 import system_service_pb2 as system_pb

from core import deadline
from core.caller import Caller
from core.identifiers import TenantId
from server.admission.admission import Admission
from server.admission.bucket import RateLimits
from server.admission.kinds import CallKind, plan_lanes
from server.call import current_caller
from server.drain import Drain
from server.interceptors.boundary import Boundary, CallBoundary
from server.listening import listen
from server.observed.metrics import ServerMetrics
from server.servicers.health import Health
from server.settings import read_settings
from tests.parts.serving import Stubs

TENANT = "x-tenant"
"""Metadata key: who calls. Without it the credential is unknown."""


class CountedRefusals:
    """Admission figures."""

    def __init__(self) -> None:
        self.refused: Counter[tuple[str, str]] = Counter()

    def shed(self, kind: str, reason: str) -> None:
        self.refused[kind, reason] += 1

    def watch(self, kind, waiting, running) -> None:
        pass


class HeldScoring(scoring_service_pb2_grpc.ScoringServiceServicer):
    """Waits as the request's lead says: for a release ("hold"), or so many seconds."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.began: list[str] = []
        self.callers = []
        self.times_left = []

    def Score(self, request, context):  # noqa: N802
        self._work(request.lead)
        return pb.ScoreResponse()

    def BatchScore(self, request, context):  # noqa: N802
        for lead in request.leads:
            deadline.check()
            self._work(lead)
        return pb.BatchScoreResponse()

    def StreamScore(self, request_iterator, context):  # noqa: N802
        for request in request_iterator:
            self._work(request.request.lead)
            yield pb.StreamScoreResponse()

    def _work(self, lead: lead_pb2.Lead) -> None:
        self.began.append(lead.lead_id)
        self.callers.append(current_caller())
        self.times_left.append(deadline.time_left())
        if lead.title == "hold":
            assert self.release.wait(20)
        elif lead.title:
            time.sleep(float(lead.title))


class QuietSystem(system_service_pb2_grpc.SystemServiceServicer):
    def GetStatus(self, request, context):  # noqa: N802
        return system_pb.GetStatusResponse()


def peek(metadata) -> str:
    return next((value for key, value in metadata if key == TENANT), "")


@dataclass
class Admitted:
    """The parts of a running server."""

    scoring: HeldScoring
    admission: Admission
    drain: Drain
    stubs: Stubs
    target: str
    metrics: CountedRefusals
    health: Health
    grpc_server: grpc.Server

    def stop(self) -> None:
        self.grpc_server.stop(None).wait()

    def score(self, title: str = "", tenant: str = "a", lead_id: str = "x", timeout: float | None = 20):
        """Begin a Score call."""
        request = pb.ScoreRequest(lead=lead_pb2.Lead(lead_id=lead_id, title=title))
        return self.stubs.scoring.Score.future(request, timeout=timeout, metadata=as_tenant(tenant))

    def batch(self, *titles: str, tenant: str = "a", timeout: float | None = 20):
        """Begin a BatchScore call."""
        leads = [lead_pb2.Lead(lead_id="b", title=title) for title in titles]
        request = pb.BatchScoreRequest(leads=leads)
        return self.stubs.scoring.BatchScore.future(request, timeout=timeout, metadata=as_tenant(tenant))

    def seated(self) -> int:
        return sum(lane.seated for lane in self.admission.lanes.values())

    def wait_until(self, holds, seconds: float = 5.0) -> None:
        give_up = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < give_up
            time.sleep(0.01)

    def hold_all_threads(self, kind: CallKind = CallKind.SCORE, tenant: str = "a"):
        """Take every thread of a lane; returns the calls, which end on release."""
        lane = self.admission.lanes[kind]
        begin = self.score if kind is CallKind.SCORE else self.batch
        held = [begin("hold", tenant=tenant) for _ in range(lane._max_workers)]
        self.wait_until(lambda: lane.running == len(held))
        return held


def as_tenant(tenant: str) -> tuple[tuple[str, str], ...]:
    return ((TENANT, tenant),) if tenant else ()


def authorize(_method: str, context: grpc.ServicerContext, _correlation_id: str) -> Caller:
    return Caller(tenant=TenantId(peek(context.invocation_metadata()) or "nobody"), actor="test")


@contextmanager
def admitted(
    *,
    max_workers: int = 4,
    queue_calls: int = 4,
    rate: float = 0.0,
    max_call_seconds: float = 20.0,
    known_as: str | None = None,
) -> Iterator[Admitted]:
    """Run a server until the block ends. ``known_as``: what a peek at any credential gives."""
    drain, scoring, refused = Drain(), HeldScoring(), CountedRefusals()
    look = peek if known_as is None else lambda _: known_as
    admission = Admission(plan_lanes(max_workers, queue_calls), drain, look, RateLimits(rate), refused)
    boundary = Boundary(
        admission=admission,
        authorize=authorize,
        metrics=ServerMetrics(),
        max_call=timedelta(seconds=max_call_seconds),
        slow_call=timedelta(minutes=1),
    )
    settings = read_settings({"LEADLINE_PORT": "0"})
    server, port = listen(settings, [CallBoundary(boundary)], admission.lanes[CallKind.HEALTH])
    scoring_service_pb2_grpc.add_ScoringServiceServicer_to_server(scoring, server)
    system_service_pb2_grpc.add_SystemServiceServicer_to_server(QuietSystem(), server)
    health = Health(("",))
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    server.start()
    target = f"127.0.0.1:{port}"
    try:
        with Stubs(target) as stubs:
            yield Admitted(scoring, admission, drain, stubs, target, refused, health, server)
    finally:
        scoring.release.set()
        server.stop(None).wait()
