"""Rounds in the background."""

from __future__ import annotations

import threading
from datetime import timedelta

from core.errors import DependencyDown
from server.upkeep import Upkeep


def test_it_comes_again_and_again_also_after_an_outage():
    rounds = threading.Semaphore(0)
    outages = iter([False, True, False])

    def prune() -> int:
        rounds.release()
        if next(outages, False):
            raise DependencyDown("store")
        return 3

    upkeep = Upkeep(prune, timedelta(milliseconds=5))
    upkeep.start()
    assert all(rounds.acquire(timeout=5) for _ in range(4))
    upkeep.stop()


def test_it_ends_without_waiting_for_its_turn():
    upkeep = Upkeep(lambda: 0, timedelta(hours=1))
    upkeep.start()
    upkeep.stop()
