"""A circuit breaker: what failed too often is left alone for a while, so that nobody waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import Enum

from core.errors import DeadlineSpent, DependencyDown, InvalidInput


class BreakerState(Enum):
    """What a breaker does with calls."""

    CLOSED = "closed"
    """They go through, as many at once as there are."""
    OPEN = "open"
    """They are refused at once."""
    HALF_OPEN = "half_open"
    """One at a time goes through, to see whether the dependency works again."""


Kinds = tuple[type[BaseException], ...]
OnChange = Callable[[str, BreakerState], object]
"""Told the name and the new state."""
LONGEST_PROBE = timedelta(seconds=30)
"""After that the next call may be the probe."""
_AT_LEAST = timedelta(milliseconds=1)


def tell_nobody(_name: str, _state: BreakerState) -> None:
    """Tell nobody."""


class CircuitBreaker:
    """Counts outages in a row. Safe to share between threads; nothing waits in it, and no lock is held during a call.

    Args:
        name: Of the dependency, for errors, metrics and the status.
        failures: Outages in a row that open it, >= 1.
        rest: How long it stays open before the first probe, > 0.
        timer: Monotonic seconds.
        outages: What counts as an outage. Every other error is an answer: the dependency works.
        unclear: What says nothing either way; looked at after ``outages``.
        on_change: Told of every change of state, by the thread that made it.

    Raises:
        InvalidInput: If ``failures`` or ``rest`` is out of range.
    """

    def __init__(
        self,
        name: str,
        failures: int,
        rest: timedelta,
        timer: Callable[[], float] = time.monotonic,
        *,
        outages: Kinds = (DependencyDown,),
        unclear: Kinds = (DeadlineSpent,),
        on_change: OnChange = tell_nobody,
    ) -> None:
        if failures < 1:
            raise InvalidInput.of("failures", "must be 1 or more")
        if rest <= timedelta(0):
            raise InvalidInput.of("rest", "must be above zero")
        self.name = name
        self._limit = failures
        self._rest = rest.total_seconds()
        self._timer = timer
        self._outages = outages
        self._unclear = unclear
        self._on_change = on_change
        self._lock = threading.Lock()
        self._state = BreakerState.CLOSED
        self._term = 0
        """Number of this state. What began in an earlier one says nothing about now."""
        self._failures = 0
        self._next_probe = 0.0

    @property
    def state(self) -> BreakerState:
        """What it does with calls now."""
        return self._state

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Let the block run, and learn from how it ends.

        Raises:
            DependencyDown: At once, if the dependency is being left alone; says for how long.
        """
        term = self._enter()
        try:
            yield
        except self._outages:
            self._failed(term)
            raise
        except self._unclear:
            self._gave_up(term)
            raise
        except Exception:
            self._worked(term)
            raise
        except BaseException:
            self._gave_up(term)
            raise
        self._worked(term)

    def _enter(self) -> int:
        term = self._term
        # The usual way takes no lock: a call that misses the change of this moment is one call too many, no more.
        if self._state is BreakerState.CLOSED:
            return term
        with self._lock:
            if self.state is BreakerState.CLOSED:
                return self._term
            now = self._timer()
            if now < self._next_probe:
                left = timedelta(seconds=min(self._rest, self._next_probe - now))
                raise DependencyDown(self.name, retry_after=max(_AT_LEAST, left))
            # A probe that never ends must not be the last one.
            self._next_probe = now + LONGEST_PROBE.total_seconds()
            self._change(BreakerState.HALF_OPEN)
            return self._term

    def _worked(self, term: int) -> None:
        if not self._failures and self._state is BreakerState.CLOSED:
            return
        with self._lock:
            if term == self._term:
                self._failures = 0
                self._change(BreakerState.CLOSED)

    def _failed(self, term: int) -> None:
        with self._lock:
            if term != self._term:
                return
            self._failures += 1
            if self._state is BreakerState.HALF_OPEN or self._failures >= self._limit:
                self._next_probe = self._timer() + self._rest
                self._change(BreakerState.OPEN)

    def _gave_up(self, term: int) -> None:
        with self._lock:
            if term == self._term and self._state is BreakerState.HALF_OPEN:
                self._next_probe = self._timer()

    def _change(self, state: BreakerState) -> None:
        """Needs the lock. Half-open after half-open is another probe: its own term, no other state."""
        if state is BreakerState.CLOSED and self._state is BreakerState.CLOSED:
            return
        before, self._state = self._state, state
        self._term += 1
        if state is not before:
            self._on_change(self.name, state)
