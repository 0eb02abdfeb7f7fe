"""Tells the metrics what comparisons of served features with the log of events found, wherever they ran."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random

import structlog

from core.behavior.feature_check import MismatchStore
from core.errors import LeadlineError

EVERY = timedelta(seconds=60)
_SPREAD = 0.2

log = structlog.get_logger("leadline.features")


class FeatureWatch:
    """A thread that looks at the newest comparisons.

    Args:
        mismatches: Where they are.
        show: Told feature to (compared, differing).
        every: Between two looks.
    """

    def __init__(
        self,
        mismatches: MismatchStore,
        show: Callable[[Mapping[str, tuple[int, int]]], object],
        every: timedelta = EVERY,
    ) -> None:
        self._mismatches = mismatches
        self._show = show
        self._every_seconds = every.total_seconds()
        self._chance = Random()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feature-watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self, timeout: timedelta) -> None:
        """End after the look under way, waiting for at most ``timeout``."""
        self._stopping.set()
        self._thread.join(timeout.total_seconds())

    def look(self) -> None:
        """Look once.

        Raises:
            DependencyDown: If the store does not work.
        """
        self._show(self._mismatches.newest())

    def _run(self) -> None:
        while True:
            try:
                self.look()
            except LeadlineError as problem:
                log.warning("feature comparisons not read", reason=problem.reason)
            if self._stopping.wait(self._every_seconds * self._chance.uniform(1.0 - _SPREAD, 1.0 + _SPREAD)):
                return
