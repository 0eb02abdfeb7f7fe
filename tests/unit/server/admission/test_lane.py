from __future__ import annotations

import threading

import pytest

from server.admission.kinds import CallKind, LanePlan
from server.admission.lane import Lane
from server.admission.seats import QUEUE_FULL


def make(threads: int = 1, queue: int = 8) -> tuple[Lane, list[int]]:
    ended: list[int] = []
    plan = LanePlan(threads=threads, queue=queue, most_each=threads + queue)
    return Lane(CallKind.SCORE, plan, lambda: ended.append(1)), ended


def test_tenants_run_in_turn_and_every_seat_comes_back():
    lane, ended = make()
    hold, order = threading.Event(), []
    assert lane.admit("a") == ""
    futures = [lane.submit(hold.wait, 10)]
    for name in ("a1", "a2", "a3", "b1", "b2"):
        assert lane.admit(name[0]) == ""
        futures.append(lane.submit(order.append, name))
    assert lane.waiting >= 5
    hold.set()
    for future in futures:
        future.result(10)
    assert order == ["a1", "b1", "a2", "b2", "a3"]
    lane.shutdown(wait=True)
    assert (lane.waiting, lane.running, lane.seated, len(ended)) == (0, 0, 0, 6)


def test_a_seat_comes_back_when_the_work_fails():
    lane, ended = make()
    lane.admit("a")
    failed = lane.submit(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        failed.result(10)
    lane.shutdown(wait=True)
    assert (lane.seated, lane.running, len(ended)) == (0, 0, 1)


def test_a_seat_comes_back_when_the_admitted_call_was_never_submitted():
    lane, _ = make(queue=0)
    assert lane.admit("a") == ""
    assert lane.admit("b") == "", "the seat of the first is free again"
    assert lane.seated == 1
    assert lane.give_up()
    assert not lane.give_up()
    assert lane.seated == 0


def test_a_full_lane_says_so_and_what_is_not_admitted_cannot_run():
    lane, _ = make(queue=0)
    hold = threading.Event()
    lane.admit("a")
    future = lane.submit(hold.wait, 10)
    assert lane.admit("b") == QUEUE_FULL
    with pytest.raises(RuntimeError):
        lane.submit(print)
    hold.set()
    future.result(10)
    lane.shutdown(wait=True)
