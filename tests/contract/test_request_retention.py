from __future__ import annotations

from datetime import timedelta

import pytest

from core.adapters.sql import SqlLeadStore
from core.adapters.sql.request_retention import ANSWERS_KEPT, ROWS_AT_ONCE, prune_requests
from core.caller import Caller
from core.errors import AlreadyExists
from core.identifiers import LeadId, TenantId
from core.lead import Lead, LeadWrite


def a_write(title=""):
    return [LeadWrite(lead=Lead(lead_id=LeadId("x"), title=title))]


def test_answers_are_kept_for_their_time_and_then_removed(database, clock):
    store = SqlLeadStore(database, clock)
    started = clock.now
    for tenant in ("a", "b"):
        store.upsert(Caller(tenant=TenantId(tenant), actor="x"), "old", a_write())
    clock.now = started + timedelta(hours=1)
    caller = Caller(tenant=TenantId("a"), actor="x")
    store.upsert(caller, "new", a_write())
    assert prune_requests(database, started + ANSWERS_KEPT) == 0
    assert prune_requests(database, started + ANSWERS_KEPT + timedelta(seconds=1)) == 2
    assert store.upsert(caller, "new", a_write()).updated == 1
    with pytest.raises(AlreadyExists):
        store.upsert(caller, "new", a_write("other"))
    assert store.upsert(caller, "old", a_write("other")).updated == 1


def test_more_than_one_transaction_may_be_needed(database, clock, monkeypatch):
    store = SqlLeadStore(database, clock)
    assert ROWS_AT_ONCE > 1
    monkeypatch.setattr("core.adapters.sql.request_retention.ROWS_AT_ONCE", 2)
    for number in range(5):
        store.upsert(Caller(tenant=TenantId("a"), actor="x"), f"r{number}", a_write())
    assert prune_requests(database, clock.now + timedelta(days=2), keep=timedelta(days=1)) == 5
    assert prune_requests(database, clock.now + timedelta(days=2), keep=timedelta(days=1)) == 0
