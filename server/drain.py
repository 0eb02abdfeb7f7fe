"""Stops taking calls without dropping any."""

from __future__ import annotations

import threading
from datetime import timedelta


class Drain:
    """Counts the calls under way and, once draining, lets no new one in."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._draining = False
        self._under_way = 0

    @property
    def draining(self) -> bool:
        """Whether new calls are refused."""
        return self._draining

    @property
    def under_way(self) -> int:
        """Number of calls that have begun and not ended."""
        return self._under_way

    def enter(self) -> bool:
        """Begin a call; False if it must be refused. Every call is followed by :meth:`leave` unless refused."""
        with self._changed:
            if self._draining:
                return False
            self._under_way += 1
            return True

    def leave(self) -> None:
        """End a call."""
        with self._changed:
            self._under_way -= 1
            if self._draining and not self._under_way:
                self._changed.notify_all()

    def begin(self) -> None:
        """Refuse new calls from now on."""
        with self._changed:
            self._draining = True
            self._changed.notify_all()

    def wait_until_empty(self, timeout: timedelta) -> bool:
        """Wait until no call is under way; False if ``timeout`` passed first."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._under_way, timeout.total_seconds())
