"""Counting calls and letting no new one in."""

from __future__ import annotations

import threading
from datetime import timedelta

from server.drain import Drain

SOON = timedelta(seconds=5)
AT_ONCE = timedelta()


def test_calls_come_and_go():
    drain = Drain()
    assert drain.enter()
    assert drain.enter()
    drain.leave()
    assert (drain.under_way, drain.draining) == (1, False)


def test_nobody_enters_once_it_drains():
    drain = Drain()
    drain.enter()
    drain.begin()
    assert drain.draining
    assert not drain.enter()
    assert drain.under_way == 1


def test_it_waits_for_calls_under_way_and_no_longer():
    drain = Drain()
    drain.enter()
    drain.begin()
    assert not drain.wait_until_empty(AT_ONCE)
    leaving = threading.Timer(0.05, drain.leave)
    leaving.start()
    assert drain.wait_until_empty(SOON)
    leaving.join()


def test_an_idle_server_is_empty_at_once():
    drain = Drain()
    drain.begin()
    assert drain.wait_until_empty(AT_ONCE)


def test_no_count_is_lost_among_threads():
    drain = Drain()

    def calls() -> None:
        for _ in range(2000):
            drain.enter()
            drain.leave()

    threads = [threading.Thread(target=calls) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drain.under_way == 0
