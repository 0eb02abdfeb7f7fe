from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from core.adapters import host_addresses as module
from core.adapters.host_addresses import HostAddresses
from core.adapters.sql.engine import open_database
from core.errors import DependencyDown

SOON, LONG = timedelta(milliseconds=20), timedelta(seconds=10)


class Resolver:
    """Answers when it is let go on."""

    def __init__(self):
        self.go_on = threading.Event()
        self.go_on.set()
        self.asked = 0
        self.problem = None

    def __call__(self, host):
        self.asked += 1
        assert self.go_on.wait(10)
        if self.problem:
            raise self.problem
        return ("10.0.0.1", "10.0.0.2")


@pytest.fixture
def resolver():
    resolver = Resolver()
    yield resolver
    resolver.go_on.set()


def test_a_name_has_the_addresses_the_resolver_says(resolver):
    assert HostAddresses(resolver).of("db", LONG) == ("10.0.0.1", "10.0.0.2")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_an_address_is_its_own(resolver, address):
    assert HostAddresses(resolver).of(address, LONG) == (address,)
    assert resolver.asked == 0


def test_nobody_waits_longer_than_asked_and_one_question_is_enough(resolver):
    addresses = HostAddresses(resolver)
    resolver.go_on.clear()
    for _ in range(5):
        with pytest.raises(TimeoutError):
            addresses.of("db", SOON)
    assert resolver.asked == 1
    resolver.go_on.set()
    assert addresses.of("db", LONG)


def test_a_fresh_answer_is_not_asked_for_again(resolver):
    moments = [0.0]
    addresses = HostAddresses(resolver, lambda: moments[0])
    for moments[0] in (0.0, 4.9):
        addresses.of("db", LONG)
    assert resolver.asked == 1
    moments[0] = 5.0
    addresses.of("db", LONG)
    assert resolver.asked == 2


def test_what_was_known_helps_while_the_resolver_is_silent_or_fails(resolver, monkeypatch):
    monkeypatch.setattr(module, "FRESH_SECONDS", 0.0)
    addresses = HostAddresses(resolver)
    known = addresses.of("db", LONG)
    resolver.problem = OSError("no such host")
    assert addresses.of("db", LONG) == known
    resolver.go_on.clear()
    assert addresses.of("db", SOON) == known


@pytest.mark.parametrize("problem", [OSError("no such host"), UnicodeError("label too long")])
def test_a_host_that_never_had_an_address_is_an_error(resolver, problem):
    resolver.problem = problem
    with pytest.raises(OSError):
        HostAddresses(resolver).of("db", LONG)


def test_a_database_on_a_host_that_does_not_exist_is_refused_in_time():
    database = open_database("postgresql://nobody@no-such-host.invalid/x")
    started = time.monotonic()
    with pytest.raises(DependencyDown):
        database.check()
    assert time.monotonic() - started < 6.0
    database.close()
