"""What the tasks about actions do. Heavy: imported in the processes that run tasks, never in the one that forks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.actions.training_due import ranker_due
from core.adapters.sql.action_decision_store import SqlActionDecisions
from core.adapters.sql.action_outcome_store import SqlActionOutcomes
from core.adapters.sql.action_tally_reader import SqlActionTallies
from core.identifiers import TenantId
from core.registry.model_registry import ModelRegistry
from training.recommend.process import RecommenderProcess
from workers.clock import now
from workers.log import log
from workers.settings import WorkerSettings
from workers.slots import training_slot
from workers.stores import Stores

_PROGRAM = ("training.actions",)


class ActionJobs:
    """The work of one process on recommended actions.

    Args:
        settings: What the operator set.
        environ: Given on to training processes.
        stores: The database.
        registry: Returns the model versions.
    """

    def __init__(
        self,
        settings: WorkerSettings,
        environ: Mapping[str, str],
        stores: Stores,
        registry: Callable[[], ModelRegistry],
    ) -> None:
        self._settings = settings
        self._stores = stores
        self._registry = registry
        self._process = RecommenderProcess(settings.limits, environ, _PROGRAM)

    def train_ranker(self, tenant: str) -> bool:
        """Train the ranker if it is due, and return whether that was done."""
        name = TenantId(tenant)
        due = ranker_due(self._registry(), SqlActionTallies(self._stores.database), name, now)
        if due.reason:
            log.info("no ranker of actions trained", tenant=tenant, reason=due.reason)
            return False
        with training_slot(self._settings.workers_dir, self._settings.concurrency) as is_free:
            if not is_free:
                log.info("no ranker of actions trained", tenant=tenant, reason="this worker is at another training")
                return False
            ending = self._process.run(name, due.request_id)
        if ending.is_done:
            log.info("ranker of actions trained", tenant=tenant)
        else:
            log.warning("no ranker of actions trained", tenant=tenant, reason=ending.reason)
        return ending.is_done

    def prune(self, tenant: str) -> int:
        """Remove old answers and what became of them, and return how many rows."""
        keep = self._settings.action_retention
        if keep is None:
            return 0
        name, before, database = TenantId(tenant), now() - keep, self._stores.database
        return SqlActionDecisions(database).prune(name, before) + SqlActionOutcomes(database).prune(name, before)
