"""Addresses of hosts, with a bound on the wait: the system's resolver takes ten seconds to say no."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import timedelta
from typing import NamedTuple

LookUp = Callable[[str], Sequence[str]]
FRESH_SECONDS = 5.0
"""An answer is not asked for again for so long."""


def look_up(host: str) -> Sequence[str]:
    """Ask the system, for as long as it takes.

    Raises:
        OSError: If the host has no address.
    """
    found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class _Answer(NamedTuple):
    addresses: Sequence[str]
    told_at: float


class HostAddresses:
    """Asks in a thread of its own, and remembers the last answer for when there is none.

    Args:
        ask: Returns the addresses of a host, or raises OSError.
        timer: Monotonic seconds.
    """

    def __init__(self, ask: LookUp = look_up, timer: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._timer = timer
        self._known: dict[str, _Answer] = {}
        self._asking: dict[str, Future[Sequence[str]]] = {}
        self._lock = threading.Lock()

    def of(self, host: str, patience: timedelta) -> Sequence[str]:
        """Return the addresses of a host; those it had last time if there is no answer now.

        Args:
            host: A name; an address is its own.
            patience: Longest wait.

        Raises:
            OSError: If there is no answer, and never was one. TimeoutError is one of them.
        """
        if _is_address(host):
            return (host,)
        known = self._known.get(host)
        if known is not None and self._timer() - known.told_at < FRESH_SECONDS:
            return known.addresses
        try:
            return self._asked(host).result(patience.total_seconds())
        except OSError:
            if known is None:
                raise
            return known.addresses

    def _asked(self, host: str) -> Future[Sequence[str]]:
        with self._lock:
            under_way = self._asking.get(host)
            if under_way is not None:
                return under_way
            answer: Future[Sequence[str]] = Future()
            self._asking[host] = answer
        # A daemon: the end of the process does not wait for a resolver.
        threading.Thread(target=self._look, args=(host, answer), name="host-addresses", daemon=True).start()
        return answer

    def _look(self, host: str, answer: Future[Sequence[str]]) -> None:
        try:
            found = self._ask(host)
        except Exception as error:  # noqa: BLE001  handed on to whoever waits
            self._end(host)
            answer.set_exception(error if isinstance(error, OSError) else OSError(type(error).__name__))
            return
        self._known[host] = _Answer(found, self._timer())
        self._end(host)
        answer.set_result(found)

    def _end(self, host: str) -> None:
        with self._lock:
            del self._asking[host]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
