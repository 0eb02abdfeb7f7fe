"""The memory of credentials, with a store that fails, hangs and forgets on demand."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.caller import LOCAL_CALLER
from core.errors import DependencyDown, Unauthenticated
from core.identifiers import TenantId
from server.identity.caller import Verified
from server.identity.remembered import FRESH_SECONDS, OUTAGE, Remembered

ACME = replace(LOCAL_CALLER, tenant=TenantId("acme"))


class Store:
    """Knows one credential."""

    def __init__(self) -> None:
        self.verified: Verified | None = Verified(caller=ACME, expire_time=None)
        self.is_down = False
        self.answers = threading.Event()
        self.answers.set()
        self.asked = 0

    def __call__(self, text: str) -> Verified | None:
        self.asked += 1
        self.answers.wait(10)
        if self.is_down:
            raise DependencyDown("store")
        return self.verified if text == "good" else None


class Ticks:
    def __init__(self) -> None:
        self.seconds = 1_000.0
        self.start = datetime(2026, 5, 1, tzinfo=UTC)

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds - 1_000.0)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def memory(store, ticks) -> Remembered:
    return Remembered(store, ticks.now, ticks)


def wait_for(condition) -> None:
    waiter = threading.Event()
    for _ in range(500):
        if condition():
            return
        waiter.wait(0.01)
    raise AssertionError("it did not happen within 5 seconds")


def test_a_good_credential_is_asked_about_once_while_it_is_fresh(memory, store):
    assert [memory.caller("good").tenant for _ in range(5)] == ["acme"] * 5
    assert store.asked == 1


def test_a_wrong_credential_is_asked_about_once_too(memory, store):
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            memory.caller("bad")
    assert store.asked == 1


def test_a_credential_in_use_is_asked_about_again_without_a_call_waiting(memory, store, ticks):
    memory.caller("good")
    ticks.seconds += FRESH_SECONDS - 0.1
    store.answers.clear()
    assert memory.caller("good") == ACME
    wait_for(lambda: store.asked == 2)
    store.answers.set()


def test_a_credential_that_is_taken_back_is_refused_once_it_is_no_longer_fresh(memory, store, ticks):
    memory.caller("good")
    store.verified = None
    ticks.seconds += FRESH_SECONDS
    with pytest.raises(Unauthenticated):
        memory.caller("good")
    with pytest.raises(Unauthenticated):
        memory.caller("good")


def test_a_credential_that_was_idle_for_long_is_asked_about_before_it_counts(memory, store, ticks):
    memory.caller("good")
    store.verified = None
    ticks.seconds += 3_600
    with pytest.raises(Unauthenticated):
        memory.caller("good")


def test_a_credential_expires_at_its_moment_though_it_is_remembered(memory, store, ticks):
    store.verified = Verified(caller=ACME, expire_time=ticks.now() + timedelta(seconds=1))
    assert memory.caller("good") == ACME
    ticks.seconds += 1
    with pytest.raises(Unauthenticated):
        memory.caller("good")


def test_while_the_store_is_down_what_was_good_before_holds_for_minutes(memory, store, ticks):
    memory.caller("good")
    store.is_down = True
    for _ in range(OUTAGE // timedelta(seconds=30)):
        ticks.seconds += 29
        assert memory.caller("good") == ACME
    ticks.seconds += 30
    with pytest.raises(DependencyDown):
        memory.caller("good")


def test_while_the_store_is_down_nobody_is_let_in_or_refused_who_was_not_known(memory, store):
    store.is_down = True
    for text in ("good", "bad"):
        with pytest.raises(DependencyDown):
            memory.caller(text)


def test_what_was_refused_before_is_not_let_in_by_an_outage(memory, store, ticks):
    memory.caller("good")
    store.verified = None
    ticks.seconds += FRESH_SECONDS
    with pytest.raises(Unauthenticated):
        memory.caller("good")
    store.is_down = True
    ticks.seconds += FRESH_SECONDS
    with pytest.raises(DependencyDown):
        memory.caller("good")


def test_a_store_that_fails_is_left_alone_for_a_second(memory, store, ticks):
    store.is_down = True
    for _ in range(20):
        with pytest.raises(DependencyDown):
            memory.caller("good")
    assert store.asked == 1
    store.is_down = False
    ticks.seconds += 1
    assert memory.caller("good") == ACME


def test_a_store_that_hangs_holds_up_one_call_for_half_a_second_and_no_other(memory, store, ticks):
    memory.caller("good")
    ticks.seconds += FRESH_SECONDS
    store.answers.clear()
    try:
        # The clock of the test stands still, so that the first call waits its half second really.
        assert memory.caller("good") == ACME
        ticks.seconds += 0.5
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(lambda _: memory.caller("good").tenant, range(200))) == {"acme"}
        assert store.asked == 2
    finally:
        store.answers.set()


def test_a_flood_of_wrong_credentials_does_not_push_out_the_good_one(memory, store):
    memory.caller("good")
    for number in range(5_000):
        with pytest.raises(Unauthenticated):
            memory.caller(f"bad {number}")
    asked = store.asked
    assert memory.caller("good") == ACME
    assert store.asked == asked


def test_a_peek_asks_nobody(memory, store):
    assert memory.peek("good") is None
    memory.caller("good")
    with pytest.raises(Unauthenticated):
        memory.caller("bad")
    assert (memory.peek("good"), memory.peek("bad")) == (ACME, None)
    assert store.asked == 2


def test_no_credential_is_kept_as_it_is(memory):
    with pytest.raises(Unauthenticated):
        memory.caller("a-secret-of-somebody")
    memory.caller("good")
    assert "a-secret-of-somebody" not in repr(vars(memory))
    assert "'good'" not in repr(vars(memory))
