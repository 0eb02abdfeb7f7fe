from __future__ import annotations

import time

import pytest

from core.deadline import clear_deadline, set_deadline
from core.errors import DependencyDown
from core.resilience import retry
from core.resilience.breaker import CircuitBreaker
from core.resilience.retry import ATTEMPTS, retried


class Passing(Exception):
    pass


@pytest.fixture
def calls():
    return []


def failing(calls, *errors):
    errors = list(errors)

    @retried(lambda error: isinstance(error, Passing))
    def call(value):
        calls.append(value)
        if errors:
            raise errors.pop(0)
        return value

    return call


@pytest.fixture
def soon(monkeypatch):
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def test_what_works_is_called_once(calls):
    assert failing(calls)(7) == 7
    assert calls == [7]


def test_a_passing_failure_is_tried_again(calls, soon):
    assert failing(calls, Passing(), Passing())(7) == 7
    assert calls == [7, 7, 7]
    assert all(0 <= wait <= 0.4 for wait in soon)


def test_after_three_attempts_the_failure_stands(calls, soon):
    with pytest.raises(Passing):
        failing(calls, *[Passing() for _ in range(9)])(7)
    assert len(calls) == ATTEMPTS == 3


def test_another_failure_is_not_tried_again(calls):
    with pytest.raises(ValueError, match="x"):
        failing(calls, ValueError("x"))(7)
    assert len(calls) == 1


def test_the_waits_differ_from_caller_to_caller(calls, soon):
    for _ in range(20):
        failing(calls, Passing())(7)
    assert len(set(soon)) > 10


def test_nothing_is_tried_again_once_the_time_is_over(calls):
    token = set_deadline(time.monotonic())
    try:
        with pytest.raises(Passing):
            failing(calls, Passing())(7)
    finally:
        clear_deadline(token)
    assert len(calls) == 1


def test_an_open_breaker_ends_the_attempts(calls, soon):
    class Lost(DependencyDown):
        pass

    breaker = CircuitBreaker("store", 2, retry.FIRST_WAIT, outages=(Lost,))

    @retried(lambda error: isinstance(error, Lost))
    def call():
        with breaker.guard():
            calls.append(1)
            raise Lost("store")

    with pytest.raises(DependencyDown):
        call()
    assert len(calls) == 2
