from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.caller import LOCAL_CALLER, Role
from core.errors import DeadlineSpent, DependencyDown, NotFound
from core.lead import Lead, StoredLead
from core.scoring.stored_leads import LeadCopy, LeadReader, NoCopies
from tests.parts.clock import SetClock

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
STORED = StoredLead(
    lead=Lead(lead_id="a", title="Roof", owner_id="anna"),
    outcome=None,
    create_time=MOMENT,
    update_time=MOMENT,
    revision=1,
)
SELLER = replace(LOCAL_CALLER, roles=frozenset({Role.SELLER}), owner_id="bert")


class Store:
    def __init__(self):
        self.leads = {"a": STORED}
        self.problem = None
        self.asked = 0

    def get(self, tenant, lead_id):
        self.asked += 1
        if self.problem is not None:
            raise self.problem
        if lead_id not in self.leads:
            raise NotFound("lead", lead_id)
        return self.leads[lead_id]


class Copies:
    def __init__(self):
        self.kept = {}
        self.forgotten = []

    def remember(self, tenant, stored):
        self.kept[tenant, stored.lead.lead_id] = LeadCopy(stored=stored, seen_time=MOMENT)

    def recall(self, tenant, lead_id):
        return self.kept.get((tenant, lead_id))

    def forget(self, tenant, lead_id):
        self.forgotten.append((tenant, lead_id))


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def copies():
    return Copies()


@pytest.fixture
def read(store, copies):
    clock = SetClock(MOMENT + timedelta(seconds=12))

    def read(lead_id, caller=LOCAL_CALLER, times=1):
        reader = LeadReader(caller, store, copies, clock)
        return [reader.find(lead_id) for _ in range(times)][-1]

    return read


OUTAGES = [DependencyDown("store"), DeadlineSpent("x")]


def test_the_store_is_asked_while_it_works_whatever_the_copy_says(read, store):
    read("a")
    store.leads["a"] = replace(STORED, lead=replace(STORED.lead, title="newer"), revision=2)
    known = read("a")
    assert (known.lead.title, known.warnings) == ("newer", ())


@pytest.mark.parametrize("problem", OUTAGES)
def test_while_it_is_down_the_copy_answers_and_says_how_old_it_is(read, store, problem):
    read("a")
    store.problem = problem
    known = read("a")
    assert known.lead == STORED.lead
    (warning,) = known.warnings
    assert warning.code == "STALE_LEAD"
    assert "12 s ago" in warning.message


@pytest.mark.parametrize("problem", OUTAGES)
def test_without_a_copy_the_failure_stands(read, store, problem):
    store.problem = problem
    with pytest.raises(type(problem)):
        read("a")


def test_one_call_waits_for_a_store_that_is_down_once(read, store):
    read("a")
    store.problem = DependencyDown("store")
    read("a", times=100)
    assert store.asked == 2


def test_what_the_store_does_not_have_is_forgotten(read, copies):
    with pytest.raises(NotFound):
        read("gone")
    assert copies.forgotten == [(LOCAL_CALLER.tenant, "gone")]


def test_a_seller_sees_no_copy_of_anothers_lead(read, store):
    read("a")
    for store.problem in (None, DependencyDown("store")):
        with pytest.raises(NotFound):
            read("a", SELLER)


def test_where_there_are_no_copies_nothing_comes_back():
    none = NoCopies()
    none.remember("t", STORED)
    none.forget("t", "a")
    assert none.recall("t", "a") is None
