"""Reads figures that change all the time, such as queue lengths, a few times a second.

A gauge that follows each call would cost every call two writes to shared memory, and a gauge that is computed when it
is asked for does not work where another process answers the question.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import structlog

log = structlog.get_logger("leadline.sampling")
EVERY = timedelta(milliseconds=200)


class Sampler:
    """A thread that brings gauges up to date.

    Args:
        every: Between two readings.
    """

    def __init__(self, every: timedelta = EVERY) -> None:
        self._every = every.total_seconds()
        self._watched: list[tuple[Callable[[float], object], Callable[[], float]]] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sampling", daemon=True)

    def watch(self, show: Callable[[float], object], read: Callable[[], float]) -> None:
        """Show what ``read`` returns, from the next reading on. ``read`` must not wait for anything."""
        self._watched.append((show, read))

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Read a last time and end."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(self._every + 1.0)

    def read(self) -> None:
        """Read everything once."""
        for show, read in tuple(self._watched):
            try:
                show(read())
            except Exception as error:  # noqa: BLE001  one figure that cannot be read must not end all others
                log.warning("reading failed", exception=type(error).__name__)

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            self.read()
        self.read()
