"""What the tasks about heads do. Heavy: imported in the processes that run tasks, never in the one that forks."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

from core.identifiers import TenantId
from core.registry.model_registry import ModelRegistry
from core.version import HEAD_KINDS
from training.recommend.process import RecommenderProcess
from workers.log import log
from workers.settings import WorkerSettings
from workers.slots import training_slot

_PROGRAM = ("training", "fit-text", "--missing")


class HeadJobs:
    """The work of one process on the models that read messages.

    Args:
        settings: What the operator set.
        environ: Given on to training processes.
        tenants: Returns who may need heads.
        registry: Returns the model versions.
    """

    def __init__(
        self,
        settings: WorkerSettings,
        environ: Mapping[str, str],
        tenants: Callable[[], tuple[TenantId, ...]],
        registry: Callable[[], ModelRegistry],
    ) -> None:
        self._settings = settings
        self._tenants = tenants
        self._registry = registry
        self._process = RecommenderProcess(settings.limits, environ, _PROGRAM)

    def missing(self) -> tuple[TenantId, ...]:
        """Return the tenants that some head does not serve."""
        tenants = self._tenants()
        if not tenants:
            return ()
        served = [self._registry().active_everywhere(kind).keys() for kind in HEAD_KINDS]
        return tuple(tenant for tenant in tenants if any(tenant not in each for each in served))

    def give_defaults(self) -> bool:
        """Fit the default heads if some tenant lacks one and give them to all that do; whether that was done."""
        missing = self.missing()
        if not missing:
            return False
        with training_slot(self._settings.workers_dir, self._settings.concurrency) as is_free:
            if not is_free:
                log.info("no default heads trained", reason="this worker is at another training")
                return False
            # One process gives them to all: the tenant is only a name for its arguments.
            ending = self._process.run(missing[0], uuid.uuid4().hex)
        if ending.is_done:
            log.info("default heads given", count=len(missing))
        else:
            log.warning("no default heads trained", reason=ending.reason)
        return ending.is_done
