from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.lead_erasure import erase_lead
from core.adapters.sql.lead_health_store import LEADS_AT_ONCE, SqlLeadHealthStore
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.tables import lead_health
from core.caller import Caller
from core.health.health import LeadLevel
from core.health.standing_store import NewReading
from core.health.unwritten import with_readings
from core.identifiers import LeadId, TenantId
from core.lead import Lead, LeadWrite
from tests.parts.clock import SetClock
from tests.parts.events import event

ACME, OTHER = TenantId("acme"), TenantId("other")
ANN, BOB = LeadId("ann"), LeadId("bob")
START = SetClock().now


def reading(lead_id: str, score: float, *, tenant: TenantId = ACME, hours: float = 0.0) -> NewReading:
    return NewReading(
        tenant=tenant, lead_id=LeadId(lead_id), score=score, read_time=START + timedelta(hours=1.0 + hours)
    )


def put(database, clock, tenant, *names):
    writes = [LeadWrite(lead=Lead(lead_id=LeadId(name))) for name in names]
    SqlLeadStore(database, clock).upsert(Caller(tenant=tenant, actor="crm"), f"put {names}", writes)


@pytest.fixture
def store(database, clock):
    for tenant in (ACME, OTHER):
        put(database, clock, tenant, ANN, BOB)
    return SqlLeadHealthStore(database)


def revisions(database):
    with database.read(ACME) as connection:
        asked = select(lead_health.c.lead_id, lead_health.c.revision).where(lead_health.c.tenant == ACME)
        rows = connection.execute(asked).all()
    return {row.lead_id: row.revision for row in rows}


def test_who_was_never_assessed_stands_nowhere(store):
    assert store.get(ACME, ANN) is None


def test_readings_advance_the_standing_of_each_lead_and_tenant(store, database):
    mine = [reading("ann", 30.0), reading("ann", 70.0, hours=7), reading("ann", 72.0, hours=14)]
    store.advance([*mine, reading("bob", 10.0), reading("ann", 55.0, tenant=OTHER)])
    assert store.get(ACME, ANN) == with_readings(None, mine)
    assert store.get(ACME, ANN).changes[0].to_level is LeadLevel.READY_TO_CLOSE
    assert store.get(ACME, BOB).score == 10.0
    assert store.get(OTHER, ANN).score == 55.0
    later = reading("ann", 20.0, hours=30)
    store.advance([later])
    assert store.get(ACME, ANN) == with_readings(None, [*mine, later])
    assert revisions(database)["ann"] == 2


def test_a_batch_that_comes_again_changes_nothing(store, database):
    batch = [reading("ann", 30.0), reading("ann", 70.0, hours=7)]
    store.advance(batch)
    before = store.get(ACME, ANN)
    store.advance(batch)
    store.advance(batch[:1])
    assert store.get(ACME, ANN) == before
    assert revisions(database) == {"ann": 1}


def test_what_several_write_at_once_all_goes_in(store, database_url, opened):
    """Whoever finds that another was faster reads again: no change of level is lost or made twice."""
    everybody = [SqlLeadHealthStore(opened(database_url)) for _ in range(4)]
    store.advance([reading("ann", 10.0)])

    def write(number: int) -> None:
        everybody[number % 4].advance([reading("ann", 10.0 + 80.0 * (number % 2), hours=1 + number)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(40)))
    # Nobody who read before the newest reading came wrote an older one over it.
    found = store.get(ACME, ANN)
    assert (found.assess_time, found.score) == (reading("ann", 0.0, hours=40).read_time, 90.0)
    assert found.level is found.changes[0].to_level is LeadLevel.HOT_OPPORTUNITY
    for newer, older in pairwise(found.changes):
        assert newer.change_time > older.change_time
        assert newer.from_level is older.to_level


def test_what_waited_goes_with_the_lead(store, database, clock):
    log = SqlEventLog(database, clock)
    log.append(Caller(tenant=ACME, actor="shop"), "", [event("1", "eve"), event("2", "joe")])
    store.advance([reading("ann", 50.0)])
    for name in ("ann", "eve"):
        with database.write(ACME) as connection:
            erase_lead(connection, ACME, LeadId(name))
    assert store.get(ACME, ANN) is None
    store.advance([reading(name, 50.0) for name in ("ann", "eve", "joe", "nobody")])
    assert revisions(database) == {"joe": 1}
    # Another lead of the same id is not the one that was assessed.
    clock.advance(7200.0)
    put(database, clock, ACME, "ann")
    store.advance([reading("ann", 50.0)])
    assert store.get(ACME, ANN) is None
    store.advance([reading("ann", 50.0, hours=3)])
    assert store.get(ACME, ANN).score == 50.0


def test_more_leads_than_one_transaction_takes(store, database, clock):
    names = [f"n{number:03}" for number in range(2 * LEADS_AT_ONCE + 1)]
    put(database, clock, ACME, *names)
    store.advance([reading(name, 40.0) for name in names])
    with database.read(ACME) as connection:
        assert connection.scalar(select(func.count()).select_from(lead_health)) == len(names)
