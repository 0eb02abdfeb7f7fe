"""Writes served answers off the response path: batched, bounded, and what is lost is counted."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta

from core.errors import LeadlineError
from core.ports import Prediction, PredictionStore

QUEUE_LIMIT = 20_000
BATCH_LIMIT = 1_000
FLUSH_EVERY = timedelta(milliseconds=200)


class PredictionLog:
    """A bounded queue in front of a prediction store.

    Offering never waits. When the queue is full the oldest answers are let go; when the store fails a batch is let go;
    both are counted. The attribution token, not this log, is what feedback joins to.

    Args:
        store: Where to.
        on_written: Told which answers were written.
        on_lost: Told how many were lost.
    """

    def __init__(
        self,
        store: PredictionStore,
        on_written: Callable[[Sequence[Prediction]], object],
        on_lost: Callable[[int], object],
    ) -> None:
        self._store = store
        self._on_written = on_written
        self._on_lost = on_lost
        self._queue: deque[Prediction] = deque()
        self._stopping = threading.Event()
        self._writer = threading.Thread(target=self._run, name="prediction-log", daemon=True)
        self.problem = ""
        """Why the last batch was lost, empty when all is well."""

    def start(self) -> None:
        """Begin to write."""
        self._writer.start()

    def offer(self, prediction: Prediction) -> None:
        """Take one answer; returns at once."""
        queue = self._queue
        queue.append(prediction)
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
        if self._queue:
            self._on_lost(len(self._queue))

    def _run(self) -> None:
        while not self._stopping.wait(FLUSH_EVERY.total_seconds()):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        while self._queue:
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), BATCH_LIMIT))]
            try:
                self._store.append(batch)
            except LeadlineError as problem:
                self._lose(batch, problem.message)
                continue
            except Exception as problem:  # noqa: BLE001  the end of this thread would lose every answer from then on
                self._lose(batch, f"unexpected {type(problem).__name__}")
                continue
            self.problem = ""
            self._on_written(batch)

    def _lose(self, batch: Sequence[Prediction], problem: str) -> None:
        self.problem = problem
        self._on_lost(len(batch))
