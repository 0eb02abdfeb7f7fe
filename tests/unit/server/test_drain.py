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


def test_it_is_ready_from_the_opening_to_the_announcement_and_lets_in_until_it_refuses():
    drain = Drain()
    assert not drain.ready
    drain.open()
    assert drain.ready
    drain.announce()
    assert (drain.ready, drain.draining) == (False, True)
    assert drain.enter()


class Context:
    """Of a call that is refused."""

    def __init__(self) -> None:
        self.callbacks = []

    def peer(self) -> str:
        return "ipv4:127.0.0.1:5"

    def add_callback(self, callback) -> None:
        self.callbacks.append(callback)


def test_who_is_refused_is_asked_to_come_later_until_it_hangs_up_on_them():
    drain, context, ended = Drain(), Context(), []
    drain.begin()
    assert dict(drain.turn_away(context))["grpc-retry-pushback-ms"].isdigit()
    assert context.callbacks == []
    drain.hang_up_with(ended.append)
    assert drain.turn_away(context) == ()
    assert ended == [], "not before the refusal was sent"
    context.callbacks[0]()
    assert ended == ["ipv4:127.0.0.1:5"]
