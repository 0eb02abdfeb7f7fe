"""A connection to PostgreSQL that never waits for ever: a frozen server keeps its sockets open and says nothing."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, Self, TypeVar

import psycopg
from psycopg import generators, pq
from psycopg.abc import PQGen, PQGenConn

from core.deadline import MARGIN_SECONDS, time_left

T = TypeVar("T")

CONNECT_SECONDS = 2.0
"""Longest wait for the server to take a connection; libpq knows no less."""
PING_SECONDS = 1.0
"""Longest wait for a sign of life."""
EXCHANGE_SECONDS = 5.5
"""Longest wait for any other answer: a little more than the server gives a statement, so that it may say so."""
LEAST_SECONDS = 0.02
"""What even a call without time left may take, to give a connection that works back in order."""
SILENCE_SECONDS = 0.5
"""A server that says nothing to a ping or a new connection for so long does not work.

A statement may be slow by itself, and its caller chooses how long to wait: only one that outlasts what the server gives
a statement tells of the server. Sooner than that, the ping of the next connection does.
"""


class NoAnswer(psycopg.OperationalError):
    """The server did not answer in time. ``is_outage`` says whether that tells of the server, or of the call only."""

    def __init__(self, waited_seconds: float, silence_seconds: float) -> None:
        super().__init__(f"no answer within {waited_seconds:.1f} s")
        self.is_outage = waited_seconds >= silence_seconds


class BoundedConnection(psycopg.Connection[Any]):
    """Ends itself when the server does not answer within a bound, or within what the call has left."""

    exchange_seconds: float = EXCHANGE_SECONDS
    """Longest wait for an answer."""

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """See :meth:`psycopg.Connection.wait`.

        Raises:
            NoAnswer: If the bound passed; the connection is closed, as nobody knows what it would say next.
        """
        bound = self.exchange_seconds if timeout is None else timeout
        return self._wait_within(gen, interval, bound, self.exchange_seconds)

    def ping(self) -> None:
        """Ask for a sign of life.

        Raises:
            psycopg.Error: If there is none, NoAnswer among others; the connection is closed then.
        """
        with self.lock:
            self._wait_within(self._ping(), 0.1, PING_SECONDS, SILENCE_SECONDS)

    def check_open(self) -> None:
        """Look whether the server has closed the connection; asks it nothing, and waits for nothing.

        Raises:
            psycopg.Error: If it has.
        """
        # What it said last, and that it says no more, are read one after the other.
        self.pgconn.consume_input()
        self.pgconn.consume_input()
        if self.pgconn.status != pq.ConnStatus.OK:
            raise psycopg.OperationalError("closed by the server")

    def _wait_within(self, gen: PQGen[T], interval: float, bound: float, silence: float) -> T:
        patience = patience_within(bound)
        try:
            return super().wait(gen, interval, patience)
        except psycopg.errors._WaitTimeout as late:  # noqa: SLF001  what it raises when the time is over
            self.close()
            raise NoAnswer(patience, silence) from late

    def _ping(self) -> PQGen[None]:
        # The empty statement, without a transaction around it.
        self.pgconn.send_query(b"")
        results = yield from generators.fetch_many(self.pgconn)
        if [result.status for result in results] != [pq.ExecStatus.EMPTY_QUERY]:
            raise psycopg.OperationalError("no sign of life")

    @classmethod
    def _connect_gen(cls, conninfo: str = "") -> PQGenConn[Self]:
        return _until_late(super()._connect_gen(conninfo), patience_within(CONNECT_SECONDS))


def patience_within(bound: float) -> float:
    """Return how long to wait, seconds: ``bound``, or a little less than the call has left if that is less."""
    left = time_left()
    return bound if left is None else min(bound, max(left.total_seconds() - MARGIN_SECONDS, LEAST_SECONDS))


def _until_late(steps: Generator[Any, Any, T], patience: float) -> Generator[Any, Any, T]:
    """Go through the steps of connecting; whoever drives them comes by ten times a second at least."""
    ends = time.monotonic() + patience
    try:
        wanted = next(steps)
        while True:
            ready = yield wanted
            if time.monotonic() >= ends:
                steps.close()
                raise NoAnswer(patience, SILENCE_SECONDS)
            wanted = steps.send(ready)
    except StopIteration as end:
        connected: T = end.value
        return connected
