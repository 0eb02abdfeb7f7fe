"""Shows what circuit breakers do, in the log and in the metrics."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import structlog

from core.identifiers import TenantId
from core.resilience.breaker import BreakerState
from server.observed.places import place_of

log = structlog.get_logger("leadline.breaker")


class BreakerMetrics(Protocol):
    """Shows states. :class:`server.observed.metrics.ServerMetrics` is one."""

    def breaker(self, name: str, state: str) -> None:
        """Show the state of the breaker in front of a dependency."""


class BreakerWatch:
    """Is told of changes by the thread that made them, and of models that fail.

    Args:
        metrics: Shows states.
    """

    def __init__(self, metrics: BreakerMetrics) -> None:
        self._metrics = metrics

    def begin(self, names: Iterable[str]) -> None:
        """Show breakers that nothing happened to yet, so that their figures are there before the first outage."""
        for name in names:
            self._metrics.breaker(name, BreakerState.CLOSED.value)

    def changed(self, name: str, state: BreakerState) -> None:
        """Show a new state."""
        self._metrics.breaker(name, state.value)
        say = log.warning if state is BreakerState.OPEN else log.info
        say("circuit breaker", dependency=name, state=state.value)

    def model_failed(self, tenant: TenantId, version: str, failure: BaseException) -> None:
        """Log a run that failed; the text of the exception may hold a lead."""
        log.error(
            "model failed",
            tenant=tenant,
            version=version,
            exception=type(failure).__name__,
            place=place_of(failure),
        )
