from __future__ import annotations

from datetime import timedelta

from tests.parts.redis_server import free_port, running_redis
from workers.canary import Patience, answers


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_worker_is_silent_since_its_last_canary():
    clock = Clock()
    patience = Patience(clock)
    clock.now = 130.0
    assert patience.silent_for(125.0) == timedelta(seconds=5)


def test_a_worker_that_never_finished_one_is_silent_since_it_began():
    clock = Clock()
    patience = Patience(clock)
    clock.now = 130.0
    assert patience.silent_for(None) == timedelta(seconds=30)


def test_time_without_room_or_broker_does_not_count():
    clock = Clock()
    patience = Patience(clock)
    clock.now = 130.0
    patience.excuse()
    clock.now = 137.0
    assert patience.silent_for(101.0) == timedelta(seconds=7)


def test_a_broker_that_is_away_or_frozen_does_not_answer():
    assert not answers(f"redis://127.0.0.1:{free_port()}/0")
    with running_redis() as server:
        assert answers(server.url)
        server.stop()
        assert not answers(server.url)
        server.cont()
