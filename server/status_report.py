"""The state of this server process, as GetStatus tells it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from leadline.v1 import scoring_service_pb2, system_service_pb2

from core.errors import LeadlineError
from core.identifiers import TenantId
from core.resilience.breaker import BreakerState
from core.scoring.model import ScoringModel
from core.scoring.served import ServedModels
from core.version import LEAD_SCORE
from server.convert.times import time_to_wire
from server.drain import Drain
from server.observed.metrics import ServerMetrics

SCORE_P99_TARGET_SECONDS = 0.035
"""What the product promises for one score with reasons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """Reads what there is to say, when it is asked for."""

    server_version: str
    start_time: datetime
    process_index: int
    drain: Drain
    served: ServedModels
    metrics: ServerMetrics
    checks: dict[str, Callable[[], str]]
    """Name of each dependency to what tries it: returns a detail, or raises a domain error."""
    breakers: dict[str, Callable[[TenantId], BreakerState]]
    """Name of each dependency that has a circuit breaker to its state, as far as it concerns a tenant."""

    def read(self, tenant: TenantId) -> system_service_pb2.GetStatusResponse:
        """Return the state, as one tenant may see it."""
        draining = self.drain.draining
        return system_service_pb2.GetStatusResponse(
            server_version=self.server_version,
            start_time=time_to_wire(self.start_time),
            state=system_service_pb2.SERVING_STATE_DRAINING if draining else system_service_pb2.SERVING_STATE_SERVING,
            dependencies=[self._dependency(tenant, name, check) for name, check in self.checks.items()],
            models=[self._model(tenant)],
            targets=[self._score_target()],
            process_index=self.process_index,
        )

    def _dependency(self, tenant: TenantId, name: str, check: Callable[[], str]) -> system_service_pb2.DependencyStatus:
        try:
            available, detail = True, check()
        except LeadlineError as problem:
            available, detail = False, problem.message
        status = system_service_pb2.DependencyStatus(name=name, available=available, detail=detail)
        if name in self.breakers:
            state = self.breakers[name](tenant)
            status.available &= state is not BreakerState.OPEN
            status.breaker = system_service_pb2.BreakerState.Value(f"BREAKER_STATE_{state.name}")
        return status

    def _model(self, tenant: TenantId) -> system_service_pb2.ServedModel:
        scorer = self.served.current(tenant)
        serving = self.served.snapshot()[tenant]
        if isinstance(scorer, ScoringModel):
            version, source = str(scorer.version.manifest.version), scoring_service_pb2.SCORE_SOURCE_MODEL
        else:
            version = scorer.version
            source = scoring_service_pb2.ScoreSource.Value(f"SCORE_SOURCE_{scorer.source.name}")
        return system_service_pb2.ServedModel(
            kind=LEAD_SCORE,
            version=version,
            source=source,
            load_time=time_to_wire(serving.load_time),
            problem=serving.problem,
        )

    def _score_target(self) -> system_service_pb2.ServiceTarget:
        return system_service_pb2.ServiceTarget(
            name="score_p99_seconds",
            target=SCORE_P99_TARGET_SECONDS,
            current=self.metrics.quantile("ScoringService/Score", 0.99),
        )
