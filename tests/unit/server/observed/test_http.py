"""Figures and state over HTTP."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
from prometheus_client import CollectorRegistry, Counter

from core.errors import InvalidInput
from server.observed import http as module
from server.observed.http import _MOST_AT_ONCE, HttpEndpoint


@contextmanager
def endpoint(*, ready: bool = True, port: int = 0, host: str = "127.0.0.1") -> Iterator[HttpEndpoint]:
    registry = CollectorRegistry()
    Counter("things", "Things.", registry=registry).inc(3)
    made = HttpEndpoint(host, port, registry, lambda: ready)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def asked(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def test_it_shows_the_figures():
    with endpoint() as made:
        status, body = asked(made.port, "/metrics")
    assert status == 200
    assert b"things_total 3.0" in body


@pytest.mark.parametrize(("ready", "status"), [(True, 200), (False, 503)])
def test_readiness_is_asked_for_and_life_goes_without_saying(ready, status):
    with endpoint(ready=ready) as made:
        assert asked(made.port, "/readyz")[0] == status
        assert asked(made.port, "/readyz?verbose")[0] == status
        assert asked(made.port, "/healthz")[0] == 200


def test_there_is_nothing_else():
    with endpoint() as made:
        assert asked(made.port, "/")[0] == 404
        assert asked(made.port, "/metrics/../etc")[0] == 404


def test_a_port_in_use_is_told():
    with endpoint() as made, pytest.raises(InvalidInput, match=f"LEADLINE_METRICS_PORT must be free: {made.port}"):
        HttpEndpoint("127.0.0.1", made.port, CollectorRegistry(), lambda: True)


def test_once_stopped_it_does_not_answer():
    with endpoint() as made:
        port = made.port
    with pytest.raises(ConnectionRefusedError):
        asked(port, "/healthz")


def test_slow_askers_use_up_neither_threads_nor_much_time(monkeypatch):
    monkeypatch.setattr(module, "_LONGEST_SECONDS", 0.5)
    with endpoint() as made, ExitStack() as open_lines:
        slow = [open_lines.enter_context(socket.create_connection(("127.0.0.1", made.port), 10)) for _ in range(20)]
        for line in slow:
            line.sendall(b"GET /")
        ends = time.monotonic() + 10
        most = 0
        while most < _MOST_AT_ONCE and time.monotonic() < ends:
            most = max(most, answering())
        assert most == answering() == _MOST_AT_ONCE
        for line in slow:
            assert hung_up(line)
        assert answered_at_last(made.port) == 200


def answered_at_last(port: int) -> int:
    """Return the status of /healthz once there is a thread for it again."""
    ends = time.monotonic() + 10
    while True:
        try:
            return asked(port, "/healthz")[0]
        except ConnectionError:
            assert time.monotonic() < ends


def test_a_request_that_goes_on_a_byte_at_a_time_is_cut_off(monkeypatch):
    monkeypatch.setattr(module, "_LONGEST_SECONDS", 0.5)
    with endpoint() as made, socket.create_connection(("127.0.0.1", made.port), 0.1) as line:
        ends = time.monotonic() + 10
        with suppress(OSError):
            while time.monotonic() < ends:
                line.sendall(b"x")
                with suppress(TimeoutError):
                    if not line.recv(1):
                        break
        assert time.monotonic() < ends


def answering() -> int:
    return sum("process_request" in thread.name for thread in threading.enumerate())


def hung_up(line: socket.socket) -> bool:
    try:
        return line.recv(100) == b""
    except ConnectionError:
        return True
