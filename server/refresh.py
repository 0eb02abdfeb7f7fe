"""Brings what this process serves up to what the registry and the outcomes say."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

import structlog

from core.resilience.apart import problem_of
from core.scoring.fallbacks import OutcomeFallbacks
from core.scoring.served import ServedModels
from server.observed.metrics import ServerMetrics

log = structlog.get_logger("leadline.refresh")


class Refresher:
    """A thread that looks every ``interval``: a version activated anywhere serves here within a second.

    Args:
        served: Looked up for every tenant that was asked for.
        fallbacks: Looked up for tenants without a model.
        interval: Between two looks.
        metrics: Told which versions serve.
        more: What else looks at the store as often.
    """

    def __init__(
        self,
        served: ServedModels,
        fallbacks: OutcomeFallbacks,
        interval: timedelta,
        metrics: ServerMetrics,
        *,
        more: Sequence[Callable[[], str | None]] = (),
    ) -> None:
        self._more = more
        self._served = served
        self._fallbacks = fallbacks
        self._interval = interval.total_seconds()
        self._metrics = metrics
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="refresh", daemon=True)
        self._problem = ""

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        self._thread.join(self._interval + 1.0)

    def _run(self) -> None:
        while not self._stopping.wait(self._interval):
            self._note(self._look())

    def _look(self) -> str:
        """Bring everything up to date; return the last problem, "" if there is none.

        What fails does so alone: the end of a look would be the end of live swaps for those who come after.
        """
        problems = [problem_of(self._served.refresh_all)]
        versions: dict[str, str] = {}
        for tenant, serving in self._served.snapshot().items():
            if serving.model is None:
                problems.append(problem_of(partial(self._fallbacks.refresh_if_due, tenant)))
            else:
                versions[tenant] = serving.model.version.manifest.version
            problems.append(serving.problem)
        problems.append(problem_of(partial(self._metrics.models.serving, versions)))
        problems += map(problem_of, self._more)
        return next(filter(None, reversed(problems)), "")

    def _note(self, problem: str) -> None:
        """Show whether there is a problem; log it once, when it begins and when it ends."""
        self._metrics.models.refreshed(problem)
        if problem != self._problem:
            self._problem = problem
            if problem:
                log.error("refresh failed", problem=problem)
            else:
                log.info("refresh works again")
