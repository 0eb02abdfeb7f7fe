"""What is done every hour or so and no call waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from random import Random

import structlog

from core.errors import LeadlineError

EVERY = timedelta(hours=1)
_SPREAD = 0.2
"""Share of the interval by which the processes of a pool differ, so that they do not all come at once."""

log = structlog.get_logger("leadline.upkeep")


class Upkeep:
    """A thread that forgets the answers to old request ids, so that their table does not grow for ever.

    Args:
        prune: Does it and returns how many it forgot.
        every: Between two rounds; the first comes after one interval.
    """

    def __init__(self, prune: Callable[[], int], every: timedelta = EVERY) -> None:
        self._prune = prune
        self._every_seconds = every.total_seconds()
        self._chance = Random()  # of its own: what draws from the shared one must not depend on this thread
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the round under way."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._every_seconds * self._chance.uniform(1.0 - _SPREAD, 1.0 + _SPREAD)):
            try:
                pruned = self._prune()
            except LeadlineError as problem:
                log.warning("upkeep failed", reason=problem.reason)
                continue
            if pruned:
                log.info("old request ids forgotten", count=pruned)
