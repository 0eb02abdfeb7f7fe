"""Figures and state over HTTP."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from prometheus_client import CollectorRegistry, Counter

from core.errors import InvalidInput
from server.observed.http import HttpEndpoint


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
