from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from core.errors import DependencyDown
from core.monitoring import watch as watching
from core.monitoring.sketch import sketch_of, sketch_to_bytes
from core.monitoring.watch import QUEUE_LIMIT, ServingWatch
from tests.parts import drift_worlds as world
from tests.parts.clock import SetClock

REFERENCE = world.training(np.random.default_rng(1), 300)
TICK = timedelta(seconds=5)


@dataclass
class Answer:
    tenant: str
    row: np.ndarray
    probability: float
    score_time: datetime
    model: object


class Written:
    """Remembers what was written, as a store that may be away."""

    def __init__(self):
        self.rows, self.away, self.processes = {}, False, set()

    def write(self, process_id, sketches, now):
        if self.away:
            raise DependencyDown("store")
        self.processes.add(process_id)
        self.rows |= {one.key: one.sketch for one in sketches}


@pytest.fixture
def clock():
    return SetClock()


@pytest.fixture
def store():
    return Written()


@pytest.fixture
def counted():
    return {"lost": 0, "failed": 0}


@pytest.fixture
def watch(store, counted, clock):
    def count(name):
        return lambda number: counted.__setitem__(name, counted[name] + number)

    return ServingWatch(store, count("lost"), count("failed"), clock)


def answers(clock, number, *, tenant="t", version="v1", reference=REFERENCE, seed=2):
    rows, probabilities = world.leads(np.random.default_rng(seed), number)
    manifest = SimpleNamespace(kind="lead_score", version=version, threshold=0.5)
    model = SimpleNamespace(version=SimpleNamespace(manifest=manifest), reference=reference)
    return [
        Answer(tenant=tenant, row=row, probability=float(p), score_time=clock(), model=model)
        for row, p in zip(rows, probabilities, strict=True)
    ]


def tell(watch, told):
    for answer in told:
        watch.watch(answer)


def test_sums_are_of_every_answer_by_tenant_version_and_hour(watch, store, clock):
    first = answers(clock, 5_000)
    tell(watch, first)
    clock.advance(3_600)
    tell(watch, [*answers(clock, 7), *answers(clock, 3, tenant="u"), *answers(clock, 2, version="v2")])
    watch.flush()
    counts = {(key.tenant, key.version, key.window_start.hour): one.row_count for key, one in store.rows.items()}
    assert counts == {("t", "v1", 9): 5_000, ("t", "v1", 10): 7, ("u", "v1", 10): 3, ("t", "v2", 10): 2}
    rows, probabilities = world.leads(np.random.default_rng(2), 5_000)
    whole = next(one for key, one in store.rows.items() if key.window_start.hour == 9)
    assert sketch_to_bytes(whole) == sketch_to_bytes(sketch_of(rows, probabilities, REFERENCE, 0.5))
    assert len(store.processes) == 1


def test_an_hour_grows_and_is_forgotten_once_over(watch, store, clock):
    tell(watch, answers(clock, 10))
    watch.flush()
    tell(watch, answers(clock, 5))
    watch.flush()
    assert [one.row_count for one in store.rows.values()] == [15]
    clock.advance(2 * 3_600)
    watch.flush()
    assert not watch._held


def test_what_cannot_be_written_is_tried_again(watch, store, counted, clock):
    store.away = True
    tell(watch, answers(clock, 10))
    watch.flush()
    assert (store.rows, counted) == ({}, {"lost": 0, "failed": 1})
    assert watch.problem
    store.away = False
    clock.advance(3 * 3_600)
    watch.flush()
    assert [one.row_count for one in store.rows.values()] == [10]
    assert not watch.problem


def test_a_full_queue_lets_go_of_the_oldest_and_counts_them(watch, store, counted, clock):
    told = answers(clock, 1) * (QUEUE_LIMIT + 25)
    tell(watch, told)
    assert counted["lost"] == 25
    watch.flush()
    assert sum(one.row_count for one in store.rows.values()) == QUEUE_LIMIT


def test_sums_held_in_memory_are_bounded(watch, store, counted, clock, monkeypatch):
    monkeypatch.setattr(watching, "MOST_HELD", 3)
    store.away = True
    for number in range(5):
        tell(watch, answers(clock, 2, tenant=f"t{number}"))
    watch.flush()
    assert counted["lost"] == 4


def test_versions_without_a_reference_are_counted_as_lost(watch, counted, clock):
    tell(watch, answers(clock, 3, reference=None))
    watch.flush()
    assert counted["lost"] == 3


def test_the_thread_writes_what_is_left_when_it_stops(watch, store, counted, clock):
    watch.start()
    tell(watch, answers(clock, 12))
    watch.stop(TICK)
    assert [one.row_count for one in store.rows.values()] == [12]
    assert counted == {"lost": 0, "failed": 0}


def test_what_was_never_written_is_counted_when_it_stops(watch, store, counted, clock):
    store.away = True
    watch.start()
    tell(watch, answers(clock, 12))
    watch.stop(TICK)
    assert counted["lost"] == 12


def test_an_answer_nobody_can_sum_up_does_not_end_the_thread(watch, store, clock):
    broken = answers(clock, 1)[0]
    broken.row = np.zeros(3, dtype=np.float32)
    watch.start()
    watch.watch(broken)
    deadline = time.monotonic() + 10
    while not watch.problem and time.monotonic() < deadline:
        time.sleep(0.01)
    tell(watch, answers(clock, 4))
    watch.stop(TICK)
    assert [one.row_count for one in store.rows.values()] == [4]


def test_being_told_costs_less_than_20_microseconds(watch, clock):
    told = answers(clock, 1) * 20_000
    start = time.perf_counter()
    tell(watch, told)
    assert (time.perf_counter() - start) / len(told) < 20e-6
