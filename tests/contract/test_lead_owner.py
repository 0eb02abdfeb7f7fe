from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from core.adapters.sql import ALL_TENANTS, SqlLeadStore
from core.adapters.sql.tables import metadata
from core.caller import Caller, Role
from core.errors import InvalidInput, NotFound
from core.identifiers import LeadId, TenantId
from core.lead import Lead, LeadWrite

ACME = TenantId("acme")
ANN, BEN = (Caller(tenant=ACME, actor=name, roles=frozenset({Role.SELLER}), owner_id=name) for name in ("ann", "ben"))
ADMIN = Caller(tenant=ACME, actor="admin")


@pytest.fixture
def store(database, clock):
    return SqlLeadStore(database, clock)


def writes(*lead_ids, owner_id="", title=""):
    return [LeadWrite(lead=Lead(lead_id=LeadId(name), owner_id=owner_id, title=title)) for name in lead_ids]


def row_count(database):
    with database.read(ALL_TENANTS) as connection:
        tables = metadata.sorted_tables
        return sum(connection.scalar(select(func.count()).select_from(table)) for table in tables)


def test_a_new_lead_of_a_seller_is_the_sellers(store):
    store.upsert(ANN, "r1", writes("x") + writes("y", owner_id="ann"))
    assert store.get(ACME, LeadId("x")).lead.owner_id == "ann"
    assert store.get(ACME, LeadId("y")).lead.owner_id == "ann"


def test_a_seller_writes_a_lead_of_their_own_again(store):
    store.upsert(ANN, "r1", writes("x"))
    assert store.upsert(ANN, "r2", writes("x", title="new")).updated == 1
    assert store.get(ACME, LeadId("x")).lead.title == "new"


def test_a_seller_gives_no_lead_to_somebody_else(store, database):
    with pytest.raises(InvalidInput) as caught:
        store.upsert(ANN, "r1", [*writes("x"), *writes("y", owner_id="ben")])
    assert caught.value.violations[0].field == "leads[1].owner_id"
    assert row_count(database) == 0


@pytest.mark.parametrize("owner", ["ben", ""])
def test_a_lead_of_somebody_else_is_as_unknown_as_one_that_is_not_there_and_nothing_is_written(store, database, owner):
    store.upsert(ADMIN, "r1", writes("x", owner_id=owner, title="untouched"))
    before = row_count(database)
    with pytest.raises(NotFound) as caught:
        store.upsert(ANN, "r2", writes("a", "x", "z"))
    assert caught.value.key == "x"
    assert row_count(database) == before
    assert store.get(ACME, LeadId("x")).lead.title == "untouched"
    assert store.upsert(ANN, "r2", writes("a", "z")).created == 2


def test_whoever_is_no_seller_writes_anybodys_lead(store):
    store.upsert(ANN, "r1", writes("x"))
    assert store.upsert(ADMIN, "r2", writes("x", owner_id="ben")).updated == 1
    with pytest.raises(NotFound):
        store.upsert(ANN, "r3", writes("x"))


def test_one_of_two_sellers_who_race_for_a_new_lead_gets_it(store, database):
    for number in range(10):
        name, start, results = f"lead-{number}", threading.Barrier(2), {}

        def write(caller, name=name, start=start, results=results):
            start.wait()
            try:
                results[caller.actor] = store.upsert(caller, f"{name}-{caller.actor}", writes(name)).created
            except NotFound:
                results[caller.actor] = 0

        threads = [threading.Thread(target=write, args=(caller,)) for caller in (ANN, BEN)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results.values()) == [0, 1]
        kept = store.get(ACME, LeadId(name))
        assert results[kept.lead.owner_id] == 1
        assert kept.revision == 1
