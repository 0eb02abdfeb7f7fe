"""What each task does: one call of what a process is made of."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from core.caller import Caller
from core.identifiers import TenantId
from core.version import HEAD_KINDS, LEAD_SCORE, NEXT_ACTION, ONLINE_CORRECTION, RECOMMENDATION
from workers.app import app
from workers.clock import now
from workers.log import log
from workers.settings import WorkerSettings
from workers.slots import training_slot

if TYPE_CHECKING:
    from workers.action_jobs import ActionJobs
    from workers.behavior import BehaviorJobs
    from workers.dead_letters import DeadLetters
    from workers.head_jobs import HeadJobs
    from workers.parts import Parts
    from workers.stores import Stores
    from workers.tenants import Tenants

ACTOR = "worker"
"""Who does what nobody asked for, in event logs and audit records."""


class Jobs:
    """The work of one process.

    Args:
        settings: What the operator set.
        environ: Given on to training processes.
    """

    def __init__(self, settings: WorkerSettings, environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._environ = environ

    # What is imported here is heavy, and threads start with some of it: never in the process that forks.

    @cached_property
    def stores(self) -> Stores:
        """The database."""
        from workers.stores import Stores  # noqa: PLC0415  heavy

        return Stores(self._settings)

    @cached_property
    def parts(self) -> Parts:
        """Everything that learns and watches."""
        from workers.parts import Parts  # noqa: PLC0415  heavy

        return Parts(self._settings, self._environ, self.stores)

    @cached_property
    def behavior(self) -> BehaviorJobs:
        """The work on events and what is made of them."""
        from workers.behavior import BehaviorJobs  # noqa: PLC0415  heavy

        return BehaviorJobs(self._settings, self._environ, self.stores, lambda: self.parts.registry)

    @cached_property
    def actions(self) -> ActionJobs:
        """The work on recommended actions."""
        from workers.action_jobs import ActionJobs  # noqa: PLC0415  heavy

        return ActionJobs(self._settings, self._environ, self.stores, lambda: self.parts.registry)

    @cached_property
    def heads(self) -> HeadJobs:
        """The work on the models that read messages."""
        from workers.head_jobs import HeadJobs  # noqa: PLC0415  heavy

        return HeadJobs(self._settings, self._environ, self.tenants.using, lambda: self.parts.registry)

    @cached_property
    def tenants(self) -> Tenants:
        """Who has work."""
        from workers.tenants import Tenants  # noqa: PLC0415  heavy

        return Tenants(self.stores.database)

    @cached_property
    def dead_letters(self) -> DeadLetters:
        """Where tasks go that failed for good."""
        from workers.dead_letters import DeadLetters  # noqa: PLC0415  heavy

        return DeadLetters(self.stores.dead_letters)

    def waiting_runs(self) -> Sequence[tuple[TenantId, str]]:
        """Return the runs that nobody is at."""
        from core.registry.run_store import LOST_AFTER  # noqa: PLC0415  heavy

        return self.stores.runs.waiting(LOST_AFTER)

    def train(self, tenant: str, run_id: str) -> bool:
        """Do a run, and return whether there was a free slot for it; without one it is offered again."""
        with training_slot(self._settings.workers_dir, self._settings.concurrency) as is_free:
            if is_free:
                self.parts.run_process.run(TenantId(tenant), run_id)
            return is_free

    def check_retraining(self, tenant: str) -> bool:
        """Ask the policy, and return whether a run was asked for or is under way."""
        result = self.parts.retraining_check.check(_caller(tenant))
        if result.run is None:
            log.info("no training run", tenant=tenant, reason=result.verdict.reason)
            return False
        log.info("training run", tenant=tenant, run_id=result.run.run_id, state=result.run.state.value)
        return True

    def aggregate_feedback(self, tenant: str) -> int:
        """Notice new outcomes, learn online, bring the figures up to date, and return how many labels were learned."""
        self.parts.outcomes.notice(TenantId(tenant))
        learned = self.parts.online_learning.learn(TenantId(tenant))
        self.parts.realised.refresh(TenantId(tenant))
        return learned

    def check_drift(self, tenant: str) -> bool:
        """Compare what was served with training, and return whether there was anything to compare."""
        return self.parts.drift_check.check(TenantId(tenant)) is not None

    def open_experiments(self) -> Sequence[tuple[TenantId, str]]:
        """Return the experiments, (tenant, name), of which something may still change."""
        return self.parts.experiments.open_everywhere(now())

    def refresh_experiment(self, tenant: str, experiment: str) -> int:
        """Bring results up to date as a reader does, spread a bandit's units anew, and return how many units it has."""
        stored, results = self.parts.experiment_reports.read(TenantId(tenant), experiment)
        self.parts.bandit_reallocation.reallocate(TenantId(tenant), stored)
        return results.progress.units

    def deliver_alerts(self) -> int:
        """Deliver what is due and return how much arrived."""
        return self.parts.alert_delivery.deliver_due()

    def prune_models(self, tenant: str, request_id: str) -> int:
        """Remove old versions that nobody uses and return how many."""
        kept = self._settings.models_kept
        plans = [
            self.parts.registry.prune(_caller(tenant), f"{request_id}-{kind}", kind, kept, dry_run=False)
            for kind in (LEAD_SCORE, ONLINE_CORRECTION, RECOMMENDATION, NEXT_ACTION, *HEAD_KINDS)
        ]
        return sum(len(plan.pruned) for plan in plans)

    def prune_feedback(self, tenant: str, request_id: str) -> int:
        """Remove feedback that is kept no longer and return how much."""
        keep = self._settings.feedback_retention
        return 0 if keep is None else self.parts.feedback.prune(_caller(tenant), request_id, keep).pruned_count

    def prune_monitoring(self, tenant: str) -> int:
        """Remove old sums, reports, alerts, shadow scores and retraining checks, and return how many rows."""
        keep = self._settings.monitoring_retention
        if keep is None:
            return 0
        name, before = TenantId(tenant), now() - keep
        stores = (self.parts.sketches, self.parts.drift_reports, self.parts.alerts, self.parts.shadow_scores)
        pruned = sum(store.prune(name, before) for store in stores)
        return pruned + self.stores.runs.prune_checks(name, before)

    def prune_conversations(self, tenant: str) -> int:
        """Remove stored conversations that nothing was added to for long, and return how many messages."""
        from core.adapters.sql.conversation_pruning import prune_conversations  # noqa: PLC0415  heavy

        keep = self._settings.conversation_retention
        return 0 if keep is None else prune_conversations(self.stores.database, TenantId(tenant), now() - keep)

    def prune_dead_letters(self) -> int:
        """Remove old letters and return how many."""
        keep = self._settings.dead_letter_retention
        return 0 if keep is None else self.stores.dead_letters.prune(keep)


_of_process: dict[int, Jobs] = {}


def jobs() -> Jobs:
    """Return the work of this process; what the one it was forked from had is not for it."""
    pid = os.getpid()
    if pid not in _of_process:
        _of_process.clear()
        _of_process[pid] = Jobs(app.leadline_settings, app.leadline_environ)
    return _of_process[pid]


def _caller(tenant: str) -> Caller:
    return Caller(tenant=TenantId(tenant), actor=ACTOR)
