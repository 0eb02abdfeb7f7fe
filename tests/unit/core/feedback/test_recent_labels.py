from __future__ import annotations

import threading
import time
from contextvars import copy_context
from datetime import timedelta

import pytest

from core import deadline
from core.errors import DeadlineSpent, DependencyDown
from core.feedback import recent_labels
from core.feedback.label import Label, LabelSet, Provenance
from core.feedback.recent_labels import KEEP, RecentLabels
from core.identifiers import TenantId
from tests.parts.clock import SetClock
from tests.parts.pool import wait_for

ACME, OTHER = TenantId("acme"), TenantId("other")
SLOW, FAST = 1.0, 0.01


class Reader:
    """Makes empty label sets, or sets of ``count`` labels, and takes ``seconds`` for each."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, object]] = []
        self.seconds = SLOW
        self.count = 0
        self.now = 0.0
        self.problem: Exception | None = None
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def label_set(self, tenant, as_of):
        self.asked.append((tenant, as_of))
        assert self.may_go_on.wait(20)
        if self.problem is not None:
            raise self.problem
        self.now += self.seconds
        label = Label(
            lead_id="lead-1",
            target=1.0,
            weight=1.0,
            is_outcome=True,
            mature_time=as_of,
            known_time=as_of,
            provenance=(Provenance.OUTCOME,),
        )
        return LabelSet(tenant=tenant, as_of=as_of, labels=(label,) * self.count, pending_count=0, fingerprint="x")


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def recent(reader, clock) -> RecentLabels:
    return RecentLabels(reader, clock, timer=lambda: reader.now)


def test_a_large_set_is_shared_for_a_minute(recent, reader, clock):
    first = recent.label_set(ACME, clock.now)
    clock.advance(KEEP.total_seconds())
    assert recent.label_set(ACME, clock.now) is first
    assert recent.label_set(OTHER, clock.now).tenant == OTHER
    clock.advance(1)
    assert recent.label_set(ACME, clock.now).as_of == clock.now
    assert [tenant for tenant, _ in reader.asked] == [ACME, OTHER, ACME]


def test_a_small_set_is_made_anew_each_time(recent, reader, clock):
    reader.seconds = FAST
    for _ in range(2):
        clock.advance(1)
        assert recent.label_set(ACME, clock.now).as_of == clock.now


def test_a_moment_of_long_ago_is_neither_answered_with_another_nor_kept(recent, reader, clock):
    newest = recent.label_set(ACME, clock.now)
    old = clock.now - timedelta(hours=1)
    assert recent.label_set(ACME, old).as_of == old
    assert recent.label_set(ACME, clock.now) is newest


def test_a_failure_is_not_kept(recent, reader, clock):
    reader.problem = DependencyDown("the database")
    for _ in range(2):
        with pytest.raises(DependencyDown):
            recent.label_set(ACME, clock.now)
    reader.problem = None
    assert recent.label_set(ACME, clock.now).tenant == ACME


def test_one_set_of_a_tenant_is_made_at_a_time_and_others_do_not_wait(recent, reader, clock):
    found: list[LabelSet] = []
    reader.may_go_on.clear()
    tenants = [ACME] * 5 + [OTHER]
    threads = [
        threading.Thread(target=lambda name=name: found.append(recent.label_set(name, clock.now))) for name in tenants
    ]
    for thread in threads:
        thread.start()
    wait_for(lambda: {tenant for tenant, _ in reader.asked} == {ACME, OTHER})
    reader.may_go_on.set()
    for thread in threads:
        thread.join()
    assert sorted(tenant for tenant, _ in reader.asked) == [ACME, OTHER]
    assert len({id(one) for one in found if one.tenant == ACME}) == 1
    assert recent._turns == {}


def test_nobody_waits_longer_than_the_deadline(recent, reader, clock):
    reader.may_go_on.clear()
    maker = threading.Thread(target=recent.label_set, args=[ACME, clock.now])
    maker.start()
    wait_for(lambda: reader.asked)

    def late() -> None:
        deadline.set_deadline(time.monotonic() + 0.05)
        recent.label_set(ACME, clock.now)

    with pytest.raises(DeadlineSpent):
        copy_context().run(late)
    reader.may_go_on.set()
    maker.join()
    assert len(reader.asked) == 1
    assert recent._turns == {}


def test_memory_is_bounded_by_tenants_and_by_labels(recent, reader, clock, monkeypatch):
    monkeypatch.setattr(recent_labels, "MOST_TENANTS", 3)
    for number in range(10):
        recent.label_set(TenantId(f"t{number}"), clock.now)
    assert list(recent._held) == ["t7", "t8", "t9"]
    monkeypatch.setattr(recent_labels, "MOST_LABELS", 20)
    reader.count = 15
    recent.label_set(ACME, clock.now)
    assert list(recent._held) == ["t8", "t9", ACME]
    recent.label_set(OTHER, clock.now)
    assert list(recent._held) == [OTHER]
