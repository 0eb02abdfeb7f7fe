"""Scores sampled answers with the challenger, in a thread of its own that takes little."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from core.errors import DependencyDown, LeadlineError
from core.identifiers import TenantId
from core.monitoring.shadow_scores import ShadowScore, ShadowStore
from core.resilience.apart import problem_of
from core.scoring.lead_behavior import UNKNOWN, LeadBehaviors
from core.scoring.model import ScoringModel
from core.scoring.model_runs import Told
from core.scoring.served_answer import ServedAnswer
from core.scoring.shadow.challengers import Challengers
from core.scoring.shadow.sampling import is_sampled

QUEUE_LIMIT = 1_000
CPU_SHARE = 0.05
"""Of one core: the thread rests nineteen times as long as it was at work."""
AT_ONCE = 4
"""Answers scored between two rests, so that callers wait behind few."""
LOOK_EVERY = timedelta(seconds=2)
"""Between two looks at which challengers there are."""
WRITE_EVERY = timedelta(seconds=1)
MOST_UNWRITTEN = 2_000
"""Scores held while the store is down; the oldest are let go and counted."""
IDLE_SECONDS = 0.05


class ShadowFigures(Protocol):
    """Counts what the shadow does."""

    def scored(self, count: int) -> None:
        """Count scores that were written."""

    def dropped(self, count: int) -> None:
        """Count sampled answers that were not scored, or whose score was not written."""

    def failed(self) -> None:
        """Count an answer the challenger could not score."""


class ShadowScoring:
    """A bounded queue of sampled answers, and a thread that scores them with the tenant's challenger.

    Being told of an answer costs a hash and, for one in ten, an append. Where there is no challenger nothing is
    queued. When the queue is full the newest answers are let go, and counted.

    Args:
        challengers: Says who is in the shadow.
        store: Where scores go.
        share: Of the answers, in [0, 1]; 0 switches it off.
        figures: Counts.
        timer: Monotonic seconds.
        cpu_share: Most of one core to take, in (0, 1].
        behaviors: What leads did, for a challenger that looks at it where the serving version does not; None: nobody
            knows.
    """

    def __init__(
        self,
        challengers: Challengers,
        store: ShadowStore,
        share: float,
        figures: ShadowFigures,
        timer: Callable[[], float] = time.monotonic,
        *,
        cpu_share: float = CPU_SHARE,
        behaviors: LeadBehaviors | None = None,
    ) -> None:
        self._challengers = challengers
        self._store = store
        self._share = share
        self._figures = figures
        self._timer = timer
        self._behaviors = behaviors
        self._rest_per_work = 1.0 / cpu_share - 1.0
        self._queue: deque[ServedAnswer] = deque()
        self._unwritten: deque[ShadowScore] = deque()
        self._dropped: Counter[TenantId] = Counter()
        self._counting = threading.Lock()
        self._next_look = self._next_write = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)
        self.problem = ""
        """Why the last look or write failed, empty when all is well."""

    def start(self) -> None:
        """Begin, unless the share is 0."""
        if self._share > 0.0:
            self._thread.start()

    def stop(self, timeout: timedelta) -> None:
        """Write what was scored, for at most ``timeout``; what waits is let go."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout.total_seconds())

    def watch(self, answer: ServedAnswer) -> None:
        """Take one answer, if it is sampled; returns at once. A :data:`core.scoring.served_answer.Watcher`."""
        if not is_sampled(answer.token_id, self._share) or not self._challengers.has(answer.tenant):
            return
        if len(self._queue) >= QUEUE_LIMIT:
            self._drop(answer.tenant)
            return
        self._queue.append(answer)

    def dropped(self, tenant: TenantId) -> int:
        """Return how many sampled answers of a tenant this process did not score, or could not write."""
        return self._dropped[tenant]

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.problem = problem_of(self._look)
            begun = time.thread_time()
            scored = self._score_some()
            if problem := problem_of(self._write_if_due):
                self.problem = problem
            worked = time.thread_time() - begun
            self._stopping.wait(worked * self._rest_per_work if scored else IDLE_SECONDS)
        problem_of(self._write)

    def _look(self) -> str | None:
        if self._timer() < self._next_look:
            return self.problem
        self._next_look = self._timer() + LOOK_EVERY.total_seconds()
        return self._challengers.refresh()

    def _score_some(self) -> int:
        done = 0
        while done < AT_ONCE and self._queue:
            self._score(self._queue.popleft())
            done += 1
        return done

    def _score(self, answer: ServedAnswer) -> None:
        challenger = self._challengers.of(answer.tenant)
        # The challenger may serve by now, or be one no more.
        if challenger is None or challenger.version.manifest.version == answer.model.version.manifest.version:
            return
        try:
            self._keep(_scored(challenger, answer, self._told(challenger, answer)))
        except Exception as failed:  # noqa: BLE001  whatever a challenger does, it does to itself
            self._figures.failed()
            self._drop(answer.tenant)
            problem = failed.message if isinstance(failed, LeadlineError) else f"unexpected {type(failed).__name__}"
            self._challengers.broken(answer.tenant, challenger, problem)

    def _told(self, challenger: ScoringModel, answer: ServedAnswer) -> Told | None:
        """Return what the challenger is told of behaviour: what the serving version was told, if it was."""
        if not challenger.feature_set.uses_behavior:
            return None
        if answer.told is not None:
            return answer.told
        if self._behaviors is None:
            return UNKNOWN
        return self._behaviors.aside(answer.tenant, answer.lead.lead_id, answer.score_time)

    def _keep(self, score: ShadowScore) -> None:
        self._unwritten.append(score)
        if len(self._unwritten) > MOST_UNWRITTEN:
            self._drop(self._unwritten.popleft().tenant)

    def _write_if_due(self) -> str | None:
        if self._timer() < self._next_write:
            return None
        self._next_write = self._timer() + WRITE_EVERY.total_seconds()
        return self._write()

    def _write(self) -> str | None:
        batch = list(self._unwritten)
        if not batch:
            return None
        try:
            self._store.append(batch)
        except DependencyDown:
            raise
        except Exception:
            # What the store refuses today it refuses tomorrow.
            self._forget(len(batch))
            for score in batch:
                self._drop(score.tenant)
            raise
        self._forget(len(batch))
        self._figures.scored(len(batch))
        return None

    def _forget(self, count: int) -> None:
        for _ in range(count):
            self._unwritten.popleft()

    def _drop(self, tenant: TenantId) -> None:
        with self._counting:
            self._dropped[tenant] += 1
        self._figures.dropped(1)


def _scored(challenger: ScoringModel, answer: ServedAnswer, told: Told | None) -> ShadowScore:
    begun = time.perf_counter()
    behavior = None if told is None else [told.values]
    (scored,) = challenger.score(challenger.rows([answer.lead], answer.score_time, behavior))
    seconds = time.perf_counter() - begun
    return ShadowScore(
        tenant=answer.tenant,
        version=challenger.version.manifest.version,
        token_id=answer.token_id,
        lead_id=answer.lead.lead_id,
        served_version=answer.model.version.manifest.version,
        served_probability=answer.probability,
        probability=scored.probability,
        served_seconds=answer.seconds,
        seconds=seconds,
        score_time=answer.score_time,
    )
