"""How long calls usually take."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

SAMPLES = 32
FEWEST = 8
"""Below this number nothing is usual yet."""
HALF_LIFE_SECONDS = 5.0


class UsualTime:
    """The median of recent times.

    It fades while no time is added: after a stall all callers may have deadlines below it, nobody would be let in, and
    it would never be corrected.

    Args:
        timer: Monotonic seconds.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._recent: deque[float] = deque(maxlen=SAMPLES)
        self._since_median = 0
        self._median = 0.0
        self._at = 0.0
        self._lock = threading.Lock()

    def add(self, seconds: float) -> None:
        """Add the time of a call that was answered."""
        with self._lock:
            self._recent.append(seconds)
            self._at = self._timer()
            self._since_median += 1
            if self._since_median >= FEWEST:
                self._since_median = 0
                self._median = sorted(self._recent)[len(self._recent) // 2]

    @property
    def seconds(self) -> float:
        """The median, halved for each five seconds without a call; 0 if too few calls were answered."""
        idle = self._timer() - self._at
        return self._median * 0.5 ** (idle / HALF_LIFE_SECONDS) if self._median else 0.0


class UsualTimes:
    """Usual times of one method by the size of the request: a batch of one takes less than one of a thousand.

    Args:
        timer: Monotonic seconds.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._by_magnitude: dict[int, UsualTime] = {}

    def of_size(self, size: int) -> UsualTime:
        """Return the time of requests whose number of parts has as many binary digits as ``size``."""
        magnitude = size.bit_length()
        usual = self._by_magnitude.get(magnitude)
        if usual is None:
            usual = self._by_magnitude.setdefault(magnitude, UsualTime(self._timer))
        return usual
