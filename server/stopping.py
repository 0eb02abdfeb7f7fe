"""The end of answering: in an order that loses no call, found by trying others (ADR 0017)."""

from __future__ import annotations

import time
from datetime import timedelta

import grpc

from server.connections import Connections
from server.drain import Drain

_SHORT_CALLS = timedelta(milliseconds=700)
"""Nearly every call ends within it. Callers that are refused meanwhile come again after 350 ms: with the parting it
must be below three times that, after which they give up."""
_ON_THE_WAY = 0.02
"""Seconds for the last answers to reach the network after the work on them ended."""
_PARTING = 0.25
"""Seconds in which callers are refused and hung up on, one by one. Who does not call meanwhile is idle."""
_LOOK_EVERY = 0.01


def stop_answering(server: grpc.Server, drain: Drain, port: int, grace: timedelta) -> bool:
    """Refuse new calls, finish those under way, part with every caller, stop.

    Callers of short calls are refused with UNAVAILABLE and their connection is closed right behind the refusal: their
    next call finds another process. Where calls take longer than that, the library asks callers to connect anew
    (GOAWAY), and the calls under way go on until they end.

    Args:
        server: That answers.
        drain: Of the same.
        port: It listens on.
        grace: Longest wait for calls under way.

    Returns:
        Whether every call under way ended in time; those that did not are cancelled.
    """
    ends = time.monotonic() + grace.total_seconds()
    connections = Connections(port)
    connections.stop_listening()
    drain.begin()
    if drain.wait_until_empty(min(grace, _SHORT_CALLS)):
        _part(drain, connections)
        server.stop(None).wait()
        return True
    server.stop(max(0.0, ends - time.monotonic()))
    finished = drain.wait_until_empty(timedelta(seconds=max(0.0, ends - time.monotonic())))
    if finished:
        time.sleep(_ON_THE_WAY)
    server.stop(None).wait()
    return finished


def _part(drain: Drain, connections: Connections) -> None:
    """Close every connection: behind a refusal, or while it is idle."""
    if not connections.any_open():
        return
    time.sleep(_ON_THE_WAY)
    connections.remember()
    drain.hang_up_with(connections.close)
    parted = time.monotonic() + _PARTING
    while time.monotonic() < parted and connections.any_open():
        time.sleep(_LOOK_EVERY)
    connections.close_all()
