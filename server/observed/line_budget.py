"""Keeps an overload from drowning the log: a line costs more than the refusal it tells of."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog


class LineBudget:
    """A structlog processor that lets at most so many lines of one message through in a second.

    The next line that passes says how many were left out. Metrics count every call all the same.

    Args:
        message: The one message it applies to.
        most: Lines in a second.
        clock: Seconds, monotonic.
    """

    def __init__(self, message: str, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._message = message
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._second, self._passed, self._suppressed = -1, 0, 0

    def __call__(self, _logger: object, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Return the line.

        Raises:
            structlog.DropEvent: If the second's lines are used up.
        """
        if line.get("event") != self._message:
            return line
        suppressed = self._take()
        if suppressed:
            line["suppressed"] = suppressed
        return line

    def _take(self) -> int:
        with self._lock:
            second = int(self._clock())
            if second != self._second:
                self._second, self._passed = second, 0
            if self._passed >= self._most:
                self._suppressed += 1
                raise structlog.DropEvent
            self._passed += 1
            suppressed, self._suppressed = self._suppressed, 0
            return suppressed
