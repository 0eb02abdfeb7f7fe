"""Label sets that may be a little old, for callers who ask how things stand and can do with a minute ago."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from core import deadline
from core.feedback.label import LabelReader, LabelSet
from core.identifiers import TenantId
from core.ports import Clock

KEEP = timedelta(seconds=60)
WORTH_KEEPING = timedelta(seconds=0.25)
"""A set that is made faster is made anew each time."""
MOST_TENANTS = 64
MOST_LABELS = 500_000
"""Of all kept sets together; the newest set is kept whatever its size."""


class RecentLabels:
    """Keeps large label sets for a minute. Implements :class:`core.feedback.label.LabelReader` for "as of now".

    To make a set is to read everything a tenant ever recorded: seconds of work in large ones. Reports that are asked
    for again and again share one such reading. What they say may be ``keep`` old; ``as_of`` of the set tells its time.
    Not for training or for anything that must be the same again: a moment that is longer ago than ``keep`` is passed
    on. Of each tenant one set is made at a time: whoever asks meanwhile waits for it, no longer than its deadline.

    Args:
        reader: Makes them.
        clock: The present moment.
        keep: How old a set may be.
        worth_keeping: Sets that took less are not kept.
        timer: Monotonic seconds.
    """

    def __init__(
        self,
        reader: LabelReader,
        clock: Clock,
        keep: timedelta = KEEP,
        *,
        worth_keeping: timedelta = WORTH_KEEPING,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._clock = clock
        self._keep = keep
        self._worth_keeping = worth_keeping.total_seconds()
        self._timer = timer
        self._held: dict[TenantId, LabelSet] = {}
        """Oldest first."""
        self._turns: dict[TenantId, tuple[threading.Lock, int]] = {}
        """With how many hold or wait for it."""
        self._guard = threading.Lock()

    def label_set(self, tenant: TenantId, as_of: datetime) -> LabelSet:
        """Return the labels as they were known at ``as_of``, or up to ``keep`` before now.

        Raises:
            DeadlineSpent: If the deadline of the call passed.
            DependencyDown: If the labels cannot be read.
        """
        if as_of < self._clock() - self._keep:
            return self._reader.label_set(tenant, as_of)
        turn = self._join(tenant)
        try:
            left = deadline.time_left()
            if not turn.acquire(timeout=-1 if left is None else left.total_seconds()):
                deadline.check()
            try:
                return self._kept(tenant) or self._made(tenant, as_of)
            finally:
                turn.release()
        finally:
            self._leave(tenant)

    def _made(self, tenant: TenantId, as_of: datetime) -> LabelSet:
        begun = self._timer()
        made = self._reader.label_set(tenant, as_of)
        if self._timer() - begun >= self._worth_keeping:
            self._put(made)
        return made

    def _kept(self, tenant: TenantId) -> LabelSet | None:
        since = self._clock() - self._keep
        with self._guard:
            for old in [name for name, kept in self._held.items() if kept.as_of < since]:
                del self._held[old]
            return self._held.get(tenant)

    def _put(self, made: LabelSet) -> None:
        with self._guard:
            self._held.pop(made.tenant, None)
            self._held[made.tenant] = made
            count = sum(len(kept.labels) for kept in self._held.values())
            while len(self._held) > 1 and (len(self._held) > MOST_TENANTS or count > MOST_LABELS):
                oldest = self._held.pop(next(iter(self._held)))
                count -= len(oldest.labels)

    def _join(self, tenant: TenantId) -> threading.Lock:
        with self._guard:
            turn, count = self._turns.get(tenant) or (threading.Lock(), 0)
            self._turns[tenant] = turn, count + 1
            return turn

    def _leave(self, tenant: TenantId) -> None:
        with self._guard:
            turn, count = self._turns.pop(tenant)
            if count > 1:
                self._turns[tenant] = turn, count - 1
