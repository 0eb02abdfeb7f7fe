from __future__ import annotations

from core.adapters.sql.dead_letter_store import SqlDeadLetters
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.registry_store import SqlRegistryStore
from core.adapters.sql.tables import dead_letters, leads
from core.adapters.sql.tenant_list import tenants_of
from core.caller import Caller
from core.lead import Lead, LeadOutcome, LeadWrite
from tests.parts.versions import make_version
from workers.tenants import Tenants


def test_each_tenant_with_a_row_in_any_of_the_tables_is_listed_once(database, clock):
    letters, store = SqlDeadLetters(database, clock), SqlLeadStore(database, clock)
    for tenant in ("zeta", "acme", "acme"):
        letters.add(tenant=tenant, task="t", arguments="{}", problem="p", attempts=1)
    store.upsert(Caller(tenant="mid", actor="test"), "r1", [LeadWrite(lead=Lead(lead_id="lead-1"))])
    assert tenants_of(database, dead_letters, leads) == ("acme", "mid", "zeta")
    assert tenants_of(database, leads) == ("mid",)


def test_where_there_is_nobody_there_is_no_work(database):
    assert Tenants(database).learning() == Tenants(database).served() == Tenants(database).watched() == ()


def test_what_was_noted_is_of_those_that_are_served_or_learned_of(database, clock):
    store = SqlLeadStore(database, clock)
    write = LeadWrite(lead=Lead(lead_id="lead-1"), outcome=LeadOutcome(converted=True))
    store.upsert(Caller(tenant="learning", actor="test"), "r1", [write])
    registry, caller, version = SqlRegistryStore(database, clock), Caller(tenant="served", actor="test"), make_version()
    registry.register(caller, "r1", version, "first")
    registry.activate(caller, "a1", version.manifest.kind, version.manifest.version, expected=None, reason="go")
    tenants = Tenants(database)
    assert (tenants.learning(), tenants.served()) == (("learning",), ("served",))
    assert tenants.watched() == ("learning", "served")
