from __future__ import annotations

from core.adapters.sql.dead_letter_store import SqlDeadLetters
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.tables import dead_letters, leads
from core.adapters.sql.tenant_list import tenants_of
from core.caller import Caller
from core.lead import Lead, LeadWrite
from workers.tenants import Tenants


def test_each_tenant_with_a_row_in_any_of_the_tables_is_listed_once(database, clock):
    letters, store = SqlDeadLetters(database, clock), SqlLeadStore(database, clock)
    for tenant in ("zeta", "acme", "acme"):
        letters.add(tenant=tenant, task="t", arguments="{}", problem="p", attempts=1)
    store.upsert(Caller(tenant="mid", actor="test"), "r1", [LeadWrite(lead=Lead(lead_id="lead-1"))])
    assert tenants_of(database, dead_letters, leads) == ("acme", "mid", "zeta")
    assert tenants_of(database, leads) == ("mid",)


def test_where_there_is_nobody_there_is_no_work(database):
    assert Tenants(database).learning() == Tenants(database).served() == ()
