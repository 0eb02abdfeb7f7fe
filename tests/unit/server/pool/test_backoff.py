"""Waits before another start."""

from __future__ import annotations

from random import Random

from server.pool.backoff import Backoff


def test_waits_double_up_to_five_seconds_and_begin_anew_after_a_good_run():
    backoff = Backoff(Random(1))
    waits = [backoff.next().total_seconds() for _ in range(40)]
    for number, wait in enumerate(waits):
        most = min(5.0, 0.1 * 2**number)
        assert most / 2 <= wait <= most
    backoff.reset()
    assert backoff.next().total_seconds() <= 0.1


def test_two_processes_do_not_wait_equally_long():
    random = Random(1)
    assert Backoff(random).next() != Backoff(random).next()
