"""Sums up what is served, off the response path."""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.errors import LeadlineError
from core.identifiers import TenantId
from core.monitoring.reference import Reference
from core.monitoring.sketch import Sketch, merge, sketch_of
from core.monitoring.sketch_store import WINDOW, KeyedSketch, SketchKey, SketchStore
from core.ports import Clock
from core.version import ModelVersion

QUEUE_LIMIT = 50_000
FOLD_EVERY = timedelta(milliseconds=250)
FOLD_LIMIT = 2_000
"""Answers summed up in one go."""
WRITE_EVERY = timedelta(seconds=30)
MOST_HELD = 2_000
"""Sums held in memory at once: hours of versions of tenants."""
KEPT_AFTER = timedelta(minutes=10)
"""How long the sums of an hour that is over stay in memory, for answers that come late."""


class WatchedModel(Protocol):
    """What is needed of the model behind an answer."""

    @property
    def version(self) -> ModelVersion:
        """The version."""

    @property
    def reference(self) -> Reference | None:
        """What it saw in training."""


class WatchedAnswer(Protocol):
    """What is needed of an answer. :class:`core.scoring.served_answer.ServedAnswer` is one."""

    @property
    def tenant(self) -> TenantId:
        """Whose answer it is."""

    @property
    def model(self) -> WatchedModel:
        """What answered."""

    @property
    def row(self) -> npt.NDArray[np.float32]:
        """The vector, (f,)."""

    @property
    def probability(self) -> float:
        """The answer, in [0, 1]."""

    @property
    def score_time(self) -> datetime:
        """When."""


@dataclass(slots=True)
class _Held:
    """The sums of one hour so far."""

    sketch: Sketch
    is_written: bool = False


class ServingWatch:
    """A bounded queue, and a thread that sums up what is in it and writes the sums.

    Being told of an answer costs one append. When the queue is full the oldest answers are let go, and counted; what
    was not written when the process dies is lost.

    Args:
        store: Where sums go.
        on_lost: Told how many answers are in no sum.
        on_failed: Told how many sums could not be written; they are tried again.
        clock: The present moment.
        timer: Monotonic seconds.
    """

    def __init__(
        self,
        store: SketchStore,
        on_lost: Callable[[int], object],
        on_failed: Callable[[int], object],
        clock: Clock,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._on_lost = on_lost
        self._on_failed = on_failed
        self._clock = clock
        self._timer = timer
        self._process_id = secrets.token_hex(8)
        self._queue: deque[WatchedAnswer] = deque()
        self._held: dict[SketchKey, _Held] = {}
        self._next_write = timer() + WRITE_EVERY.total_seconds()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="serving-watch", daemon=True)
        self.problem = ""
        """Why the last write failed, empty when all is well."""

    def start(self) -> None:
        """Begin to sum up."""
        self._thread.start()

    def watch(self, answer: WatchedAnswer) -> None:
        """Take one answer; returns at once. A :data:`core.scoring.served_answer.Watcher`."""
        queue = self._queue
        queue.append(answer)
        if len(queue) > QUEUE_LIMIT:
            try:
                queue.popleft()
            except IndexError:  # the thread was quicker
                return
            self._on_lost(1)

    def stop(self, timeout: timedelta) -> None:
        """Sum up and write what is left, for at most ``timeout``."""
        self._stopping.set()
        self._thread.join(timeout.total_seconds())
        left = len(self._queue) + sum(held.sketch.row_count for held in self._held.values() if not held.is_written)
        if left:
            self._on_lost(left)

    def flush(self) -> None:
        """Sum up and write now. Only for where no thread runs."""
        self._fold()
        self._write()

    def _run(self) -> None:
        while not self._stopping.wait(FOLD_EVERY.total_seconds()):
            self._apart(self._fold)
            if self._timer() >= self._next_write:
                self._apart(self._write)
                self._next_write = self._timer() + WRITE_EVERY.total_seconds()
        self._apart(self._fold)
        self._apart(self._write)

    def _apart(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as problem:  # noqa: BLE001  the end of this thread would be the end of all sums
            self.problem = f"unexpected {type(problem).__name__}"
            self._on_failed(1)

    def _fold(self) -> None:
        while self._queue:
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), FOLD_LIMIT))]
            groups: dict[SketchKey, list[WatchedAnswer]] = {}
            for answer in batch:
                groups.setdefault(_key(answer), []).append(answer)
            for key, answers in groups.items():
                self._add(key, answers)

    def _add(self, key: SketchKey, answers: Sequence[WatchedAnswer]) -> None:
        model = answers[0].model
        held = self._held.get(key)
        if model.reference is None or (held is None and len(self._held) >= MOST_HELD):
            self._on_lost(len(answers))
            return
        rows = np.stack([answer.row for answer in answers])
        probabilities = [answer.probability for answer in answers]
        added = sketch_of(rows, probabilities, model.reference, model.version.manifest.threshold)
        self._held[key] = _Held(added if held is None else merge(held.sketch, added))

    def _write(self) -> None:
        due = [(key, held) for key, held in self._held.items() if not held.is_written]
        failed = 0
        for tenant in dict.fromkeys(key.tenant for key, _ in due):
            mine = [(key, held) for key, held in due if key.tenant == tenant]
            failed += 0 if self._written(mine) else len(mine)
        if failed:
            self._on_failed(failed)
        else:
            self.problem = ""
        self._forget()

    def _written(self, due: Sequence[tuple[SketchKey, _Held]]) -> bool:
        sketches = [KeyedSketch(key=key, sketch=held.sketch) for key, held in due]
        try:
            self._store.write(self._process_id, sketches, self._clock())
        except LeadlineError as problem:
            self.problem = problem.message
            return False
        for _, held in due:
            held.is_written = True
        return True

    def _forget(self) -> None:
        """Let go of hours that are over and written. What stays unwritten is bounded by MOST_HELD."""
        over = self._clock() - WINDOW - KEPT_AFTER
        for key in [key for key, held in self._held.items() if held.is_written and key.window_start < over]:
            del self._held[key]


def _key(answer: WatchedAnswer) -> SketchKey:
    manifest = answer.model.version.manifest
    hour = answer.score_time.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return SketchKey(tenant=answer.tenant, kind=manifest.kind, version=manifest.version, window_start=hour)
