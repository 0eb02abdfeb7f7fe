from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from core.adapters import lead_copies as module
from core.adapters.cache_limits import CacheLimits
from core.adapters.cache_memory import MemoryCache
from core.adapters.cache_seal import CacheSeal
from core.adapters.lead_copies import SLICES, CachedLeadCopies
from core.errors import DependencyDown
from core.lead import Lead, LeadOutcome, StoredLead
from tests.parts.cache_counts import CacheCounts
from tests.parts.clock import SetClock

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


def stored(lead_id="a", revision=1):
    lead = Lead(lead_id=lead_id, title="Roof", price=2.5, posted_time=MOMENT, attributes={"size": 3.0})
    return StoredLead(lead=lead, outcome=None, create_time=MOMENT, update_time=MOMENT, revision=revision)


class Store:
    def __init__(self):
        self.newest = {}
        self.is_down = False
        self.asked = []

    def revisions(self, tenant, lead_ids):
        if self.is_down:
            raise DependencyDown("store")
        self.asked.append((tenant, sorted(lead_ids)))
        return {lead_id: self.newest[tenant, lead_id] for lead_id in lead_ids if (tenant, lead_id) in self.newest}


class Shaky:
    """A cache whose far side cannot be reached for a while."""

    def __init__(self, cache):
        self.cache = cache
        self.is_down = False
        self.get, self.put = cache.get, cache.put

    def forget(self, tenant, subject=""):
        return not self.is_down and self.cache.forget(tenant, subject)


@pytest.fixture
def clock():
    return SetClock()


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def cache():
    return Shaky(MemoryCache(CacheSeal(b"s"), CacheLimits(), CacheCounts()))


@pytest.fixture
def copies(cache, store, clock):
    copies = CachedLeadCopies(cache, store, clock)
    copies.start()
    yield copies
    copies.stop()


def until(condition):
    for _ in range(500):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never came to that")


def keep(copies, store, *leads, tenant="t"):
    for lead in leads:
        store.newest[tenant, lead.lead.lead_id] = lead.revision
        copies.remember(tenant, lead)
    until(lambda: not copies._pending)


def compare_all(copies):
    for _ in range(SLICES):
        copies.compare()


def test_what_was_remembered_comes_back_with_when_it_was_seen(copies, store, clock):
    keep(copies, store, stored())
    clock.advance(40)
    copy = copies.recall("t", "a")
    assert copy.stored == stored()
    assert clock.now - copy.seen_time == timedelta(seconds=40)
    assert copies.recall("other", "a") is None
    assert copies.recall("t", "b") is None


def test_an_outcome_is_not_copied(copies, store):
    lead = stored()
    known = StoredLead(
        **{name: getattr(lead, name) for name in lead.__slots__} | {"outcome": LeadOutcome(converted=True)}
    )
    keep(copies, store, known)
    assert copies.recall("t", "a").stored.outcome is None


def test_a_comparison_that_finds_it_unchanged_makes_it_fresh(copies, store, clock):
    keep(copies, store, stored())
    clock.advance(40)
    compare_all(copies)
    clock.advance(2)
    assert clock.now - copies.recall("t", "a").seen_time == timedelta(seconds=2)


def test_what_was_written_or_removed_elsewhere_is_let_go(copies, store):
    keep(copies, store, stored("a"), stored("b"), stored("c"))
    store.newest["t", "a"] = 2
    del store.newest["t", "b"]
    compare_all(copies)
    assert copies.recall("t", "a") is copies.recall("t", "b") is None
    assert copies.recall("t", "c")
    until(lambda: not copies._pending)
    assert copies.recall("t", "a") is copies.recall("t", "b") is None


def test_every_copy_is_compared_once_a_round_and_only_with_its_tenant(copies, store):
    keep(copies, store, *[stored(f"l{n}") for n in range(40)])
    keep(copies, store, stored("l0"), tenant="u")
    compare_all(copies)
    compared = sorted((tenant, lead_id) for tenant, lead_ids in store.asked for lead_id in lead_ids)
    assert compared == sorted([("t", f"l{n}") for n in range(40)] + [("u", "l0")])


def test_while_the_store_is_down_the_copies_stay(copies, store):
    keep(copies, store, stored())
    store.is_down = True
    for _ in range(SLICES - 1):
        try:
            copies.compare()
        except DependencyDown:
            break
    else:
        with pytest.raises(DependencyDown):
            copies.compare()
    assert copies.recall("t", "a")


def test_what_is_forgotten_is_gone_at_once_even_while_the_far_cache_is_down(copies, store, cache, monkeypatch):
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    keep(copies, store, stored())
    cache.is_down = True
    copies.forget("t", "a")
    assert copies.recall("t", "a") is None
    threading.Event().wait(0.05)
    assert cache.get(module._key(module._Id("t", "a"))), "it cannot be reached"
    cache.is_down = False
    until(lambda: cache.get(module._key(module._Id("t", "a"))) is None)
    assert copies.recall("t", "a") is None


def test_what_another_process_kept_is_compared_too(cache, store, clock, copies):
    keep(copies, store, stored())
    other = CachedLeadCopies(cache, store, clock)
    assert other.recall("t", "a")
    del store.newest["t", "a"]
    compare_all(other)
    assert other.recall("t", "a") is None


def test_an_old_revision_is_replaced(copies, store):
    keep(copies, store, stored(revision=1))
    keep(copies, store, stored(revision=2))
    assert copies.recall("t", "a").stored.revision == 2


def test_there_are_never_more_copies_than_allowed(copies, store, monkeypatch):
    monkeypatch.setattr(module, "MOST_COPIES", 10)
    keep(copies, store, *[stored(f"l{n}") for n in range(25)])
    until(lambda: not copies._pending)
    assert [n for n in range(25) if copies.recall("t", f"l{n}")] == list(range(15, 25))


def test_reading_the_same_lead_again_writes_nothing(copies, store, clock, cache):
    keep(copies, store, stored())
    copies.remember("t", stored())
    assert not copies._pending
    clock.advance(301)
    copies.remember("t", stored())
    assert copies._pending


def test_looking_at_copies_of_others_does_not_hold_more_of_them_than_allowed(copies, store, cache, clock, monkeypatch):
    keep(copies, store, *[stored(f"l{n}") for n in range(25)])
    monkeypatch.setattr(module, "MOST_COPIES", 10)
    other = CachedLeadCopies(cache, store, clock)
    for n in range(25):
        assert other.recall("t", f"l{n}")
    assert len(other._held) == 10


def test_the_store_is_asked_about_few_leads_at_a_time(copies, store, monkeypatch):
    monkeypatch.setattr(module, "MOST_ASKED", 3)
    keep(copies, store, *[stored(f"l{n}") for n in range(40)])
    compare_all(copies)
    assert sorted(lead_id for _, lead_ids in store.asked for lead_id in lead_ids) == sorted(f"l{n}" for n in range(40))
    assert max(len(lead_ids) for _, lead_ids in store.asked) <= 3
