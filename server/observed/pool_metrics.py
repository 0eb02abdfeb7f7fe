"""What the parent of a pool of server processes counts."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

from server.observed.labels import MOST_VALUES, BoundedLabel


class PoolMetrics:
    """Figures of the parent process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._restarts = Counter(
            "leadline_pool_restarts",
            "Server processes started anew because one ended by itself, by how: an exit code or a signal's name.",
            ["cause"],
            registry=self.registry,
        )
        self._processes = Gauge(
            "leadline_pool_processes",
            "Server processes that run.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._causes = BoundedLabel(MOST_VALUES)

    def restarted(self, cause: str) -> None:
        """Count a process that ended by itself; ``cause`` is for example ``SIGKILL`` or ``exit 1``."""
        self._restarts.labels(self._causes.of(cause)).inc()

    def running(self, count: int) -> None:
        """Show how many server processes run."""
        self._processes.set(count)
