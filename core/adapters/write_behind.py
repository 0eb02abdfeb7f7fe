"""Writes what was served off the response path: batched, bounded, and what is lost is counted."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Generic, TypeVar

from core.errors import DeadlineSpent, DependencyDown, LeadlineError

QUEUE_LIMIT = 20_000
BATCH_LIMIT = 1_000
FLUSH_EVERY = timedelta(milliseconds=200)
FIRST_REST = timedelta(milliseconds=400)
LONGEST_REST = timedelta(seconds=5)
"""Between two tries while the store is down."""


_Row = TypeVar("_Row")


class WriteBehind(Generic[_Row]):
    """A bounded queue in front of a store.

    Offering never waits. While the store is down the rows are held, and tried again after a rest that grows. When
    the queue is full the oldest are let go; so is a batch that the store cannot take; both are counted. The
    attribution token, not such a log, is what feedback joins to.

    Args:
        append: Writes a batch to the store.
        on_written: Told which rows were written.
        on_lost: Told how many were lost.
        name: Of the thread that writes.
        timer: Monotonic seconds.
    """

    def __init__(
        self,
        append: Callable[[Sequence[_Row]], object],
        on_written: Callable[[Sequence[_Row]], object],
        on_lost: Callable[[int], object],
        timer: Callable[[], float] = time.monotonic,
        *,
        name: str = "prediction-log",
    ) -> None:
        self._append = append
        self._on_written = on_written
        self._on_lost = on_lost
        self._timer = timer
        self._queue: deque[_Row] = deque()
        self._held: Sequence[_Row] = ()
        """The batch that the store was too far away for."""
        self._rest_seconds = 0.0
        self._chance = Random()
        self._next_try = 0.0
        self._stopping = threading.Event()
        self._writer = threading.Thread(target=self._run, name=name, daemon=True)
        self.problem = ""
        """Why the last batch was held or lost, empty when all is well."""

    def start(self) -> None:
        """Begin to write."""
        self._writer.start()

    def offer(self, row: _Row) -> None:
        """Take one; returns at once."""
        queue = self._queue
        queue.append(row)
        if len(queue) > QUEUE_LIMIT:
            try:
                queue.popleft()
            except IndexError:  # the writer was quicker
                return
            self._on_lost(1)

    def stop(self, timeout: timedelta) -> None:
        """Write what is left, for at most ``timeout``."""
        self._stopping.set()
        self._writer.join(timeout.total_seconds())
        left = len(self._queue) + len(self._held)
        if left:
            self._on_lost(left)

    def _run(self) -> None:
        while not self._stopping.wait(FLUSH_EVERY.total_seconds()):
            if self._timer() >= self._next_try:
                self._flush()
        self._flush()

    def _flush(self) -> None:
        while self._held or self._queue:
            batch = self._held or [self._queue.popleft() for _ in range(min(len(self._queue), BATCH_LIMIT))]
            self._held = ()
            try:
                self._append(batch)
            except (DependencyDown, DeadlineSpent) as problem:
                self._hold(batch, problem.message)
                return
            except LeadlineError as problem:
                self._lose(batch, problem.message)
                continue
            except Exception as problem:  # noqa: BLE001  the end of this thread would lose every row from then on
                self._lose(batch, f"unexpected {type(problem).__name__}")
                continue
            self.problem, self._rest_seconds = "", 0.0
            self._on_written(batch)

    def _hold(self, batch: Sequence[_Row], problem: str) -> None:
        self.problem = problem
        self._held = batch
        self._rest_seconds = min(LONGEST_REST.total_seconds(), 2 * self._rest_seconds or FIRST_REST.total_seconds())
        # Half of it by chance, so that processes that failed together do not come again together.
        self._next_try = self._timer() + self._chance.uniform(0.5, 1.0) * self._rest_seconds

    def _lose(self, batch: Sequence[_Row], problem: str) -> None:
        self.problem = problem
        self._on_lost(len(batch))
