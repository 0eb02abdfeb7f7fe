"""A claimed run as the process that works on it sees it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from core.errors import DependencyDown, VersionConflict
from core.identifiers import TenantId
from core.registry.run_store import RunStore
from core.registry.training_run import Contender, PreparedVersion, RunDecision, RunState, TrainingRun

REPORT_SECONDS = 0.5
"""Shortest time between two reports: a fit that tells much should not write much."""


class ClaimLost(VersionConflict):
    """Somebody else is at the run now: whoever was must not do anything any more."""


class ClaimedRun:
    """What its holder does with a run. Everything here raises :class:`ClaimLost` once the run is somebody else's.

    Args:
        runs: Where it is kept.
        tenant: Whose it is.
        run_id: Which one.
        holder: Who claimed it.
    """

    def __init__(self, runs: RunStore, tenant: TenantId, run_id: str, holder: str) -> None:
        self._runs = runs
        self.tenant = tenant
        self.run_id = run_id
        self._holder = holder
        self._told = float("-inf")

    def read(self) -> TrainingRun:
        """Return the run as it stands."""
        run = self._runs.get(self.tenant, self.run_id)
        self.check()
        return run

    def check(self) -> None:
        """Give a sign of life, and make sure that the run is still ours."""
        self._ours(self._runs.alive(self.tenant, self.run_id, self._holder))

    def report(self, doing: str, progress: float) -> None:
        """Say what is being done and how far it is, at most twice a second."""
        present = time.monotonic()
        if present - self._told < REPORT_SECONDS:
            return
        self._told = present
        try:
            told = self._runs.report(self.tenant, self.run_id, self._holder, doing, progress)
        except DependencyDown:
            # A fit goes on without being watched; what counts is written when the store is back, or the run is lost.
            return
        self._ours(told)

    def prepare(self, prepared: PreparedVersion) -> None:
        """Write down what is about to be done."""
        self._ours(self._runs.prepare(self.tenant, self.run_id, self._holder, prepared))

    def succeed(self, done: PreparedVersion) -> None:
        """End the run with a version."""
        self._ours(
            self._runs.finish(
                self.tenant,
                self.run_id,
                self._holder,
                state=RunState.SUCCEEDED,
                decision=done.decision,
                outcome=done.reason,
                version=done.version,
                evidence=done.evidence,
                contenders=done.contenders,
            )
        )

    def fail(
        self,
        outcome: str,
        *,
        decision: RunDecision = RunDecision.NONE,
        evidence: Mapping[str, str] | None = None,
        contenders: Sequence[Contender] = (),
    ) -> None:
        """End the run without a version."""
        self._ours(
            self._runs.finish(
                self.tenant,
                self.run_id,
                self._holder,
                state=RunState.FAILED,
                decision=decision,
                outcome=outcome,
                version="",
                evidence=evidence or {},
                contenders=contenders,
            )
        )

    def _ours(self, held: bool) -> None:
        if not held:
            raise ClaimLost(f"run {self.run_id} is somebody else's by now", run=self.run_id)
