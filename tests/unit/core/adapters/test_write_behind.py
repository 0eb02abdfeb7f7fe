from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime, timedelta

import pytest

from core.adapters import write_behind as module
from core.adapters.write_behind import WriteBehind
from core.errors import DependencyDown
from core.ports import Prediction

SOON = timedelta(seconds=10)


def prediction(number):
    return Prediction(
        tenant="default",
        lead_id=f"l{number}",
        version="v",
        source="model",
        score=50.0,
        probability=0.5,
        score_time=datetime(2026, 3, 2, tzinfo=UTC),
        token_id=str(number),
        features=b"",
    )


class MemoryStore:
    """Keeps what it is given; can be slow, and can fail for a while."""

    def __init__(self):
        self.batches = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.entered = threading.Event()
        self.problem = None

    def append(self, predictions):
        self.entered.set()
        assert self.go_on.wait(10)
        if self.problem is not None:
            raise self.problem
        self.batches.append(list(predictions))

    @property
    def ids(self):
        return [p.token_id for batch in self.batches for p in batch]


class Tally:
    def __init__(self):
        self.written, self.lost = 0, 0

    def on_written(self, batch):
        self.written += len(batch)

    def on_lost(self, count):
        self.lost += count


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def tally():
    return Tally()


@pytest.fixture
def log(store, tally):
    return WriteBehind(store.append, tally.on_written, tally.on_lost)


def test_what_is_offered_is_written_in_order_and_in_batches(log, store, tally):
    for number in range(2_500):
        log.offer(prediction(number))
    log.start()
    log.stop(SOON)
    assert store.ids == [str(number) for number in range(2_500)]
    assert max(map(len, store.batches)) <= module.BATCH_LIMIT
    assert (tally.written, tally.lost, log.problem) == (2_500, 0, "")


def test_it_writes_without_being_stopped(log, store):
    log.start()
    log.offer(prediction(0))
    assert store.entered.wait(10)
    log.stop(SOON)
    assert store.ids == ["0"]


def test_nothing_is_written_when_nothing_was_offered(log, store):
    log.start()
    log.stop(SOON)
    assert store.batches == []


def test_what_a_store_was_down_for_is_written_when_it_is_back(log, store, tally, monkeypatch):
    monkeypatch.setattr(module, "FIRST_REST", timedelta(milliseconds=10))
    store.problem = DependencyDown("store")
    for number in range(1_500):
        log.offer(prediction(number))
    log.start()
    until(lambda: log.problem)
    log.offer(prediction(1_500))
    store.problem = None
    until(lambda: tally.written == 1_501)
    log.stop(SOON)
    assert store.ids == [str(number) for number in range(1_501)]
    assert (tally.lost, log.problem) == (0, "")


def test_tries_get_rarer_while_the_store_is_down(store, tally, monkeypatch):
    monkeypatch.setattr(module, "FLUSH_EVERY", timedelta(milliseconds=1))
    moments, tries = [0.0], []

    class DownStore:
        def append(self, _):
            tries.append(moments[0])
            raise DependencyDown("store")

    log = WriteBehind(DownStore().append, tally.on_written, tally.on_lost, lambda: moments[0])
    log.offer(prediction(0))
    log.start()
    for _ in range(400):
        threading.Event().wait(0.002)
        moments[0] += 0.1
    log.stop(SOON)
    gaps = [after - before for before, after in itertools.pairwise(tries[:-1])]
    assert 0.2 <= gaps[0] <= 1.0
    assert max(gaps) > 2.0
    assert max(gaps) < 6.0
    assert (tally.written, tally.lost) == (0, 1)


def until(condition):
    for _ in range(1_000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never came to that")


def test_a_batch_the_store_cannot_take_is_lost_counted_and_does_not_end_the_log(log, store, tally):
    store.problem = OSError("unheard of")
    log.start()
    log.offer(prediction(0))
    assert store.entered.wait(10)
    waiting = threading.Event()
    for _ in range(100):
        if tally.lost:
            break
        waiting.wait(0.1)
    assert tally.lost == 1
    assert log.problem != ""
    assert "unheard of" not in log.problem  # may hold data
    store.problem = None
    log.offer(prediction(1))
    log.stop(SOON)
    assert store.ids == ["1"]
    assert (tally.written, tally.lost, log.problem) == (1, 1, "")


def test_a_full_queue_lets_the_oldest_go_and_counts_them(log, store, tally, monkeypatch):
    monkeypatch.setattr(module, "QUEUE_LIMIT", 5)
    for number in range(8):
        log.offer(prediction(number))
    assert tally.lost == 3
    log.start()
    log.stop(SOON)
    assert store.ids == ["3", "4", "5", "6", "7"]


def test_offering_never_waits_for_a_slow_store_and_a_short_stop_counts_what_is_left(log, store, tally):
    store.go_on.clear()
    log.start()
    log.offer(prediction(0))
    assert store.entered.wait(10)
    for number in range(1, 4):
        log.offer(prediction(number))
    log.stop(timedelta(milliseconds=50))
    assert tally.lost == 3
    store.go_on.set()


def test_many_threads_lose_nothing_uncounted(log, store, tally, monkeypatch):
    monkeypatch.setattr(module, "QUEUE_LIMIT", 200)
    monkeypatch.setattr(module, "FLUSH_EVERY", timedelta(milliseconds=1))
    log.start()
    threads = [
        threading.Thread(target=lambda base=base: [log.offer(prediction(base + i)) for i in range(2_000)])
        for base in range(0, 8_000, 2_000)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    log.stop(SOON)
    assert len(store.ids) == len(set(store.ids)) == tally.written
    assert tally.written + tally.lost == 8_000
