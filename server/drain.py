"""Stops taking calls without dropping any."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import grpc

_LATER = (("grpc-retry-pushback-ms", "350"),)
"""Tells the retries of a caller when to come back, in place of the pauses of their policy. Over the four attempts of
the published one that makes a second, in which the server has parted with the caller or is gone."""


class Drain:
    """Counts the calls under way and, once draining, lets no new one in."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open = False
        self._announced = False
        self._refusing = False
        self._under_way = 0
        self._hang_up: Callable[[str], None] | None = None

    @property
    def ready(self) -> bool:
        """Whether this process serves and will go on to: callers may be sent here."""
        return self._open and not self._announced

    @property
    def draining(self) -> bool:
        """Whether this process is about to stop; it may still take calls."""
        return self._announced

    @property
    def refusing(self) -> bool:
        """Whether new calls are refused."""
        return self._refusing

    @property
    def under_way(self) -> int:
        """Number of calls that have begun and not ended."""
        return self._under_way

    def open(self) -> None:
        """Say that the process serves."""
        self._open = True

    def announce(self) -> None:
        """Say that the process will stop, so that no new callers are sent here. Calls are still let in."""
        self._announced = True

    def enter(self) -> bool:
        """Begin a call; False if it must be refused. Every call is followed by :meth:`leave` unless refused."""
        with self._changed:
            if self._refusing:
                return False
            self._under_way += 1
            return True

    def leave(self) -> None:
        """End a call."""
        with self._changed:
            self._under_way -= 1
            if self._refusing and not self._under_way:
                self._changed.notify_all()

    def begin(self) -> None:
        """Refuse new calls from now on."""
        with self._changed:
            self._announced = self._refusing = True
            self._changed.notify_all()

    def hang_up_with(self, hang_up: Callable[[str], None]) -> None:
        """Call ``hang_up`` with the peer of every call that is refused from now on, once its caller was told."""
        self._hang_up = hang_up

    def turn_away(self, context: grpc.ServicerContext) -> tuple[tuple[str, str], ...]:
        """Prepare what comes after a refusal, and return what to add to its trailing metadata.

        For the handler that refuses, before it does.
        """
        if self._hang_up is None:
            return _LATER
        context.add_callback(partial(self._hang_up, context.peer()))
        return ()

    def wait_until_empty(self, timeout: timedelta) -> bool:
        """Wait until no call is under way; False if ``timeout`` passed first."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._under_way, timeout.total_seconds())
