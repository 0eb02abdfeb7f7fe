"""Where runs of training are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from core.caller import Caller
from core.identifiers import TenantId
from core.ports import Page
from core.registry.training_run import (
    Contender,
    PreparedVersion,
    RunDecision,
    RunState,
    TrainingRequest,
    TrainingRun,
    TriggerReading,
)

MAX_ATTEMPTS = 3
"""How often a run is begun before it is given up."""
LOST_AFTER = timedelta(seconds=60)
"""A holder that gave no sign of life for so long counts as lost."""


class RunStore(Protocol):
    """Keeps runs and checks. A call that returns has committed."""

    def request(
        self, caller: Caller, request_id: str, request: TrainingRequest, *, said: str | None = None
    ) -> TrainingRun:
        """Add a PENDING run, or return the one that is under way, or that the window has already.

        A run that is added is audited, and so is every request that is forced.

        Args:
            caller: Who asks.
            request_id: Idempotency key.
            request: What the run is to do.
            said: The reason in the caller's words where ``request.reason`` is the policy's; it tells a repeated
                request from another one.

        Raises:
            AlreadyExists: If ``request_id`` was used for another body.
        """

    def repeated(self, caller: Caller, request_id: str, request: TrainingRequest, *, said: str) -> TrainingRun | None:
        """Return the run this request got when it came first; None if it never got one.

        Raises:
            AlreadyExists: If ``request_id`` was used for another body.
        """

    def get(self, tenant: TenantId, run_id: str) -> TrainingRun:
        """Return one run.

        Raises:
            NotFound: If the tenant has no such run.
        """

    def list(self, tenant: TenantId, kind: str, *, limit: int, after: str | None) -> Page[TrainingRun]:
        """Return up to ``limit`` runs, newest first, after the page key ``after``."""

    def recent(self, tenant: TenantId, kind: str, since: datetime) -> Sequence[TrainingRun]:
        """Return the runs asked for since a moment, newest first."""

    def waiting(self, lost_after: timedelta) -> Sequence[tuple[TenantId, str]]:
        """Return (tenant, run_id) of runs that are PENDING, or RUNNING without a sign of life for ``lost_after``."""

    def claim(self, tenant: TenantId, run_id: str, holder: str, lost_after: timedelta) -> TrainingRun | None:
        """Begin a run as ``holder``; None if somebody else is at it, or it has ended.

        A run that was lost MAX_ATTEMPTS times is not begun again: it is given up, as in :meth:`give_up`.

        Raises:
            NotFound: If the tenant has no such run.
        """

    def release(self, tenant: TenantId, run_id: str, holder: str, why: str) -> bool:
        """Give a run back that did not end, for the next one to begin it; False if it is not ``holder``'s any more.

        After MAX_ATTEMPTS attempts it is given up instead.
        """

    def give_up(self, tenant: TenantId, run_id: str, holder: str, why: str) -> bool:
        """End a run as FAILED that will not be begun again; False if it is not ``holder``'s any more.

        What it had prepared is kept as its evidence, and if that version was registered by then it is named as the
        run's, and the outcome says whether it serves.
        """

    def alive(self, tenant: TenantId, run_id: str, holder: str) -> bool:
        """Give a sign of life and nothing else; False if the run is not ``holder``'s any more."""

    def report(self, tenant: TenantId, run_id: str, holder: str, doing: str, progress: float) -> bool:
        """Give a sign of life; False if the run is not ``holder``'s any more."""

    def prepare(self, tenant: TenantId, run_id: str, holder: str, prepared: PreparedVersion) -> bool:
        """Write down what is about to be done; False if the run is not ``holder``'s any more."""

    def finish(
        self,
        tenant: TenantId,
        run_id: str,
        holder: str,
        *,
        state: RunState,
        decision: RunDecision,
        outcome: str,
        version: str,
        evidence: Mapping[str, str],
        contenders: Sequence[Contender],
    ) -> bool:
        """End a run; False if it is not ``holder``'s any more."""

    def record_check(
        self,
        tenant: TenantId,
        kind: str,
        *,
        window: str,
        decision: str,
        reason: str,
        triggers: Sequence[TriggerReading],
        run_id: str,
        now: datetime,
    ) -> None:
        """Keep what a check saw and what the policy said of it, whatever came of it."""

    def prune_checks(self, tenant: TenantId, before: datetime) -> int:
        """Forget checks made before a moment; return how many. Runs stay."""
