"""Circuit breakers in front of heads and of the encoder: what fails again and again is left alone for a while."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

from core.errors import DeadlineSpent, DependencyDown
from core.identifiers import TenantId
from core.resilience.breaker import BreakerState, CircuitBreaker, OnChange, tell_nobody

HEADS = "heads"
"""Name of the dependency in metrics and status."""
ENCODER = "encoder"
"""As :data:`HEADS`."""
FAILURES = 5
REST = timedelta(seconds=30)
MOST_BREAKERS = 1_024
_GRAVITY = (BreakerState.CLOSED, BreakerState.HALF_OPEN, BreakerState.OPEN)
OnFailure = Callable[[TenantId, str, BaseException], object]
"""Told the tenant, what failed, and the exception, whose text may hold anything."""


class HeadName(NamedTuple):
    """One version of one tenant."""

    tenant: TenantId
    kind: str
    version: str


class HeadFailed(DependencyDown):
    """A head failed, or failed too often; or the encoder did.

    Args:
        name: Of the breaker: :data:`HEADS` or :data:`ENCODER`.
        kind: Of the head; "" for the encoder.
    """

    def __init__(self, name: str, kind: str = "") -> None:
        super().__init__(name)
        self.kind = kind


def _ignore(_tenant: TenantId, _what: str, _failure: BaseException) -> None:
    """Tell nobody."""


class HeadBreakers:
    """One breaker for each version of each tenant, and one for the encoder. Safe to share between threads.

    Args:
        failures: Runs in a row that must fail before a version is left alone.
        rest: For how long.
        timer: Monotonic seconds.
        on_change: Told of changes: of the encoder, and of the gravest state of all heads.
        on_failure: Told of every failed run.
    """

    def __init__(
        self,
        failures: int = FAILURES,
        rest: timedelta = REST,
        timer: Callable[[], float] = time.monotonic,
        *,
        on_change: OnChange = tell_nobody,
        on_failure: OnFailure = _ignore,
    ) -> None:
        self._failures = failures
        self._rest = rest
        self._timer = timer
        self._on_change = on_change
        self._on_failure = on_failure
        self._lock = threading.Lock()
        self._heads: OrderedDict[HeadName, CircuitBreaker] = OrderedDict()
        self._told = BreakerState.CLOSED
        self.encoder = CircuitBreaker(ENCODER, failures, rest, timer, on_change=on_change)

    def state(self, tenant: TenantId) -> BreakerState:
        """Return the gravest state of the breakers of a tenant's heads."""
        return _gravest(breaker for name, breaker in list(self._heads.items()) if name.tenant == tenant)

    @contextmanager
    def head(self, name: HeadName) -> Iterator[None]:
        """Let a head run.

        Raises:
            HeadFailed: If it fails, or is being left alone.
        """
        with self._failing(HEADS, name), self._breaker(name).guard(), self._telling(name.tenant, name.version):
            yield

    @contextmanager
    def encoding(self, tenant: TenantId) -> Iterator[None]:
        """Let the encoder run.

        Raises:
            HeadFailed: If it fails, or is being left alone.
        """
        with self._failing(ENCODER, None), self.encoder.guard(), self._telling(tenant, ENCODER):
            yield

    @contextmanager
    def _failing(self, name: str, head: HeadName | None) -> Iterator[None]:
        try:
            yield
        except DependencyDown as failed:
            raise HeadFailed(name, "" if head is None else head.kind) from failed

    @contextmanager
    def _telling(self, tenant: TenantId, what: str) -> Iterator[None]:
        try:
            yield
        except DeadlineSpent:
            raise
        except Exception as failure:
            self._on_failure(tenant, what, failure)
            raise DependencyDown(HEADS) from failure

    def _breaker(self, name: HeadName) -> CircuitBreaker:
        found = self._heads.get(name)
        if found is not None:
            return found
        new = CircuitBreaker(HEADS, self._failures, self._rest, self._timer, on_change=self._changed)
        with self._lock:
            found = self._heads.setdefault(name, new)
            while len(self._heads) > MOST_BREAKERS:
                self._heads.popitem(last=False)
            return found

    def _changed(self, _name: str, _state: BreakerState) -> None:
        worst = _gravest(iter(list(self._heads.values())))
        if worst is not self._told:
            self._told = worst
            self._on_change(HEADS, worst)


def _gravest(breakers: Iterator[CircuitBreaker]) -> BreakerState:
    return max((breaker.state for breaker in breakers), key=_GRAVITY.index, default=BreakerState.CLOSED)
