"""Holds calls back while the server refuses most of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from datetime import timedelta
from random import Random
from typing import Final

from leadline.errors import ResourceExhausted

REASON: Final = "HELD_BACK"
_TAKEN_FOR_EACH_ANSWER: Final = 1.5
"""How many calls go out for each that is answered: enough to notice at once when the server has room again."""
_SOME: Final = 20.0
"""Refusals that prove nothing yet."""
_HALF_LIFE_SECONDS: Final = 1.0
_RETRY_AFTER: Final = timedelta(seconds=0.5)


class Throttle:
    """Fails calls of a method before they are sent, so that few enough go out for the server to answer most of them.

    A refused call costs the server a part of what an answered one costs. Callers that all go on at five times what it
    can answer leave it time for less than half of that; with this they leave it nearly all. It is the client-side
    throttling of Google's book on site reliability: calls fail here with probability
    ``(calls - 1.5 answered - 20) / (calls + 1)``, counted over the last seconds.

    Args:
        timer: Monotonic seconds.
        chance: Returns a number in [0, 1); a generator of its own unless told.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic, chance: Callable[[], float] | None = None) -> None:
        self._timer = timer
        self._chance = chance or Random().random
        self._recent: dict[Hashable, _Recent] = {}
        self._lock = threading.Lock()

    def check(self, method: Hashable) -> None:
        """Count a call that is about to be sent.

        Raises:
            ResourceExhausted: If it should not be.
        """
        with self._lock:
            recent = self._recent.setdefault(method, _Recent(self._timer()))
            recent.fade(self._timer())
            share = recent.share_to_hold_back
            recent.calls += 1
        if share > 0 and self._chance() < share:
            message = "held back by this client: the server refuses most calls of this method"
            raise ResourceExhausted(message, reason=REASON, retry_after=_RETRY_AFTER)

    def answered(self, method: Hashable) -> None:
        """Count a call that ended in any way but being refused."""
        with self._lock:
            recent = self._recent[method]
            recent.fade(self._timer())
            recent.answered += 1


class _Recent:
    __slots__ = ("answered", "at", "calls")

    def __init__(self, now: float) -> None:
        self.calls = 0.0
        self.answered = 0.0
        self.at = now

    def fade(self, now: float) -> None:
        factor = 0.5 ** ((now - self.at) / _HALF_LIFE_SECONDS)
        self.calls *= factor
        self.answered *= factor
        self.at = now

    @property
    def share_to_hold_back(self) -> float:
        return (self.calls - _TAKEN_FOR_EACH_ANSWER * self.answered - _SOME) / (self.calls + 1)
