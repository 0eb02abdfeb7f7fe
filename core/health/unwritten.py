"""Readings that are on their way to the store, so that the next answer of this process knows of them."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from core.health.standing import Standing, advance
from core.health.standing_store import NewReading
from core.identifiers import LeadId, TenantId

MOST = 20_000
"""Leads with readings on their way; of the eldest it is forgotten."""
LONGEST_SECONDS = 60.0
"""A reading that is not written by then counts as lost: the next answer reads anew."""


class Unwritten:
    """Readings that were offered and are not known to be written. Safe for threads.

    Args:
        timer: Monotonic seconds.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._lock = threading.Lock()
        self._waiting: OrderedDict[tuple[TenantId, LeadId], tuple[float, list[NewReading]]] = OrderedDict()

    def of(self, tenant: TenantId, lead_id: LeadId) -> Sequence[NewReading]:
        """Return the readings of a lead, oldest first. Ask before the store is read, not after."""
        with self._lock:
            since, waiting = self._waiting.get((tenant, lead_id), (0.0, []))
            return list(waiting) if waiting and self._timer() - since < LONGEST_SECONDS else ()

    def add(self, reading: NewReading) -> None:
        """Remember one that was offered."""
        key = (reading.tenant, reading.lead_id)
        with self._lock:
            _, waiting = self._waiting.pop(key, (0.0, []))
            self._waiting[key] = (self._timer(), [*waiting, reading])
            while len(self._waiting) > MOST:
                self._waiting.popitem(last=False)

    def written(self, readings: Sequence[NewReading]) -> None:
        """Forget those that were written."""
        done = {(one.tenant, one.lead_id): one.read_time for one in readings}
        with self._lock:
            for key, until in done.items():
                since, waiting = self._waiting.pop(key, (0.0, []))
                left = [one for one in waiting if one.read_time > until]
                if left:
                    self._waiting[key] = (since, left)


def with_readings(stored: Standing | None, readings: Sequence[NewReading]) -> Standing | None:
    """Return how a lead stands with readings that may or may not be in the store already."""
    for reading in readings:
        stored = advance(stored, reading.score, reading.read_time)
    return stored
