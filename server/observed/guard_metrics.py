"""What is counted of the parts that protect the server: admission, caches, circuit breakers, audit."""

from __future__ import annotations

import threading
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge

from server.observed.labels import MOST_VALUES, BoundedCounter, BoundedLabel
from server.observed.sampling import Sampler

BREAKER_STATES = {"closed": 0, "half_open": 1, "open": 2}


class AdmissionMetrics:
    """Calls that were refused, wait and run, by class of methods.

    Args:
        registry: Where the figures are registered.
        sampler: Reads the lengths of the queues.
    """

    def __init__(self, registry: CollectorRegistry, sampler: Sampler) -> None:
        self._sampler = sampler
        self._shed = BoundedCounter(
            Counter(
                "leadline_admission_shed",
                "Calls refused before they began, by class and reason.",
                ["class", "reason"],
                registry=registry,
            )
        )
        self._waiting = Gauge(
            "leadline_admission_queue_length",
            "Calls that wait for a thread.",
            ["class"],
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._running = Gauge(
            "leadline_server_calls_in_flight",
            "Calls under way.",
            ["class"],
            registry=registry,
            multiprocess_mode="livesum",
        )

    def shed(self, kind: str, reason: str) -> None:
        """Count a refused call."""
        self._shed.add(kind, reason)

    def watch(self, kind: str, waiting: Callable[[], int], running: Callable[[], int]) -> None:
        """Show how many calls of a class wait and run."""
        self._sampler.watch(self._waiting.labels(kind).set, waiting)
        self._sampler.watch(self._running.labels(kind).set, running)


class CacheMetrics:
    """Look-ups of the caches, by kind of what is kept and level (``l1``: in this process, ``l2``: Redis)."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._lookups = BoundedCounter(
            Counter(
                "leadline_cache_lookups",
                "Cache look-ups by kind, level and result: `hit`, `miss`, `error` or `poisoned`.",
                ["kind", "level", "result"],
                registry=registry,
            )
        )

    def hit(self, kind: str, level: str) -> None:
        """Count an answer from the cache."""
        self._lookups.add(kind, level, "hit")

    def miss(self, kind: str, level: str) -> None:
        """Count a look-up that found nothing usable."""
        self._lookups.add(kind, level, "miss")

    def error(self, kind: str, level: str) -> None:
        """Count a look-up or write that failed."""
        self._lookups.add(kind, level, "error")

    def poisoned(self, kind: str, level: str) -> None:
        """Count a value that was not what had been put."""
        self._lookups.add(kind, level, "poisoned")


class BreakerMetrics:
    """Circuit breakers by dependency."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._state = Gauge(
            "leadline_breaker_state",
            "Circuit breaker: 0 closed, 1 half open, 2 open; the worst of all processes.",
            ["dependency"],
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._openings = BoundedCounter(
            Counter("leadline_breaker_openings", "How often a breaker opened.", ["dependency"], registry=registry)
        )
        self._names = BoundedLabel(MOST_VALUES)
        self._lock = threading.Lock()
        self._last: dict[str, str] = {}

    def show(self, name: str, state: str) -> None:
        """Show the state of a breaker: ``closed``, ``half_open`` or ``open``. Safe to call again with the same."""
        name = self._names.of(name)
        with self._lock:
            before, self._last[name] = self._last.get(name), state
            self._state.labels(name).set(BREAKER_STATES[state])
        if state == "open" and before != "open":
            self._openings.add(name)
