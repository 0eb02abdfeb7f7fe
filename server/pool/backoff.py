"""How long to wait before a process that ended is started again."""

from __future__ import annotations

from datetime import timedelta
from random import Random

_FIRST = timedelta(milliseconds=100)
_LONGEST = timedelta(seconds=5)
_MOST_DOUBLINGS = 10


class Backoff:
    """Doubles from 0.1 s to 5 s; each wait is drawn from the upper half, so that processes do not start in step.

    Args:
        random: Where the draws come from.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._failures = 0

    def next(self) -> timedelta:
        """Return the wait after one more failure."""
        wait = min(_LONGEST, _FIRST * (1 << self._failures))
        self._failures = min(self._failures + 1, _MOST_DOUBLINGS)
        return wait * self._random.uniform(0.5, 1.0)

    def reset(self) -> None:
        """Begin anew: it ran well for a while."""
        self._failures = 0
