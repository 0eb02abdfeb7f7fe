from __future__ import annotations

import pytest

from server.admission.usual import FEWEST, HALF_LIFE_SECONDS, UsualTime, UsualTimes


class Timer:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def usual(*seconds: float) -> tuple[UsualTime, Timer]:
    timer = Timer()
    time = UsualTime(timer)
    for each in seconds:
        time.add(each)
    return time, timer


def test_nothing_is_usual_before_some_calls_were_answered():
    time, _ = usual(*[1.0] * (FEWEST - 1))
    assert time.seconds == 0
    time.add(1.0)
    assert time.seconds == 1.0


def test_it_is_the_median_so_that_a_few_slow_calls_do_not_count():
    time, _ = usual(*[0.1, 9.0, 0.1, 0.1, 9.0, 0.1, 0.1, 9.0])
    assert time.seconds == 0.1


def test_it_follows_when_calls_become_slower():
    time, _ = usual(*[0.1] * 32, *[0.5] * 32)
    assert time.seconds == 0.5


def test_it_fades_while_nobody_is_let_in_and_is_back_with_the_next_calls():
    time, timer = usual(*[8.0] * FEWEST)
    timer.now += 3 * HALF_LIFE_SECONDS
    assert time.seconds == pytest.approx(1.0)
    time.add(8.0)
    assert time.seconds == 8.0


def test_requests_of_another_size_have_a_time_of_their_own():
    times = UsualTimes()
    for _ in range(FEWEST):
        times.of_size(1000).add(0.2)
    assert times.of_size(900).seconds > 0.19
    assert times.of_size(1).seconds == 0
