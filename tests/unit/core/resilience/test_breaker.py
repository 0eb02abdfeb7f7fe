from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from core.errors import DeadlineSpent, DependencyDown, InvalidInput, NotFound
from core.resilience.breaker import LONGEST_PROBE, BreakerState, CircuitBreaker

CLOSED, OPEN, HALF_OPEN = BreakerState.CLOSED, BreakerState.OPEN, BreakerState.HALF_OPEN
REST = timedelta(seconds=15)


class Timer:
    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def timer():
    return Timer()


@pytest.fixture
def changes():
    return []


@pytest.fixture
def breaker(timer, changes):
    return CircuitBreaker("store", 3, REST, timer, on_change=lambda *change: changes.append(change))


def fail(breaker, error=None, times=1):
    for _ in range(times):
        with pytest.raises(type(error) if error else DependencyDown), breaker.guard():
            raise error or DependencyDown("store")


def fail_after(breaker, others_meanwhile):
    def call():
        with breaker.guard():
            others_meanwhile()
            raise DependencyDown("store")

    with pytest.raises(DependencyDown):
        call()


def succeed(breaker):
    with breaker.guard():
        pass


def refused_for(breaker):
    entered = False
    with pytest.raises(DependencyDown) as refused, breaker.guard():
        entered = True
    assert not entered
    return refused.value.retry_after


def test_it_opens_after_so_many_outages_in_a_row_and_says_for_how_long(breaker, timer):
    fail(breaker, times=2)
    assert breaker.state is CLOSED
    fail(breaker)
    assert breaker.state is OPEN
    timer.now += 4
    assert refused_for(breaker) == timedelta(seconds=11)


def test_a_success_starts_the_count_anew(breaker):
    for _ in range(5):
        fail(breaker, times=2)
        succeed(breaker)
    assert breaker.state is CLOSED


@pytest.mark.parametrize("error", [NotFound("lead", "l1"), ValueError("x")])
def test_an_error_of_another_kind_is_an_answer(breaker, error):
    for _ in range(5):
        fail(breaker, times=2)
        fail(breaker, error)
    assert breaker.state is CLOSED


@pytest.mark.parametrize("error", [DeadlineSpent("x"), KeyboardInterrupt()])
def test_what_says_nothing_neither_counts_nor_starts_the_count_anew(breaker, error):
    fail(breaker, times=2)
    fail(breaker, error, times=5)
    assert breaker.state is CLOSED
    fail(breaker)
    assert breaker.state is OPEN


def test_after_its_rest_a_probe_that_works_closes_it(breaker, timer, changes):
    fail(breaker, times=3)
    timer.now += 15
    with breaker.guard():
        assert breaker.state is HALF_OPEN
    assert breaker.state is CLOSED
    assert changes == [("store", OPEN), ("store", HALF_OPEN), ("store", CLOSED)]
    fail(breaker, times=2)
    assert breaker.state is CLOSED


def test_a_probe_that_fails_opens_it_for_another_rest(breaker, timer):
    fail(breaker, times=3)
    timer.now += 15
    fail(breaker)
    assert breaker.state is OPEN
    assert refused_for(breaker) == REST


def test_a_probe_that_found_nothing_out_makes_room_for_the_next(breaker, timer):
    fail(breaker, times=3)
    timer.now += 15
    fail(breaker, DeadlineSpent("x"))
    assert breaker.state is HALF_OPEN
    succeed(breaker)
    assert breaker.state is CLOSED


def test_one_probe_goes_through_at_a_time(breaker, timer):
    fail(breaker, times=3)
    timer.now += 15
    go_on, inside, answers = threading.Event(), threading.Barrier(2, timeout=10), []

    def probe():
        with breaker.guard():
            inside.wait()
            assert go_on.wait(10)

    thread = threading.Thread(target=probe)
    thread.start()
    inside.wait()
    others = [threading.Thread(target=lambda: answers.append(refused_for(breaker))) for _ in range(8)]
    for other in others:
        other.start()
    for other in others:
        other.join(10)
    assert answers == [REST] * 8
    go_on.set()
    thread.join(10)
    assert breaker.state is CLOSED


def test_a_probe_that_never_ends_is_not_the_last_and_its_end_changes_nothing(breaker, timer):
    fail(breaker, times=3)
    timer.now += 15

    def others_meanwhile():
        timer.now += LONGEST_PROBE.total_seconds()
        succeed(breaker)

    fail_after(breaker, others_meanwhile)
    assert breaker.state is CLOSED
    fail(breaker, times=2)
    assert breaker.state is CLOSED


def test_calls_that_began_before_it_opened_do_not_keep_it_open(breaker, timer):

    def others_meanwhile():
        fail(breaker, times=3)
        timer.now += 10

    fail_after(breaker, others_meanwhile)
    assert refused_for(breaker) == timedelta(seconds=5)


def test_a_late_success_does_not_close_it(breaker):
    with breaker.guard():
        fail(breaker, times=3)
    assert breaker.state is OPEN


def test_closed_it_lets_calls_through_side_by_side(breaker):
    together = threading.Barrier(8, timeout=10)

    def call():
        with breaker.guard():
            together.wait()

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert not together.broken


def test_many_threads_open_it_once(breaker, changes):
    threads = [threading.Thread(target=lambda: [_try_failing(breaker) for _ in range(50)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert changes == [("store", OPEN)]


def _try_failing(breaker):
    with pytest.raises(DependencyDown), breaker.guard():
        raise DependencyDown("store")


def test_the_clock_on_the_wall_does_not_matter(changes, monkeypatch):
    breaker = CircuitBreaker("store", 1, timedelta(milliseconds=50))
    fail(breaker)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert refused_for(breaker) <= timedelta(milliseconds=50)
    time.sleep(0.06)
    succeed(breaker)
    assert breaker.state is CLOSED


@pytest.mark.parametrize(("failures", "rest"), [(0, REST), (1, timedelta(0))])
def test_limits_that_make_no_sense_are_refused(failures, rest):
    with pytest.raises(InvalidInput):
        CircuitBreaker("store", failures, rest)
