from __future__ import annotations

from datetime import timedelta

import pytest

from core.adapters.sql.conversation_facts import SqlConversationFacts
from core.adapters.sql.lead_erasure import erase_lead
from core.adapters.sql.lead_store import SqlLeadStore
from core.caller import Caller
from core.conversation.facts_store import MOST_CONVERSATIONS, NewFacts, StoredFacts
from core.lead import Lead, LeadWrite
from tests.parts.clock import SetClock

START = SetClock().now
CALLER = Caller(tenant="t", actor="test")
FACTS = {
    "analysis.urgency": 0.5,
    "analysis.is_urgent": True,
    "analysis.places": ("söho", "x"),
    "analysis.momentum": "steady",
}


@pytest.fixture
def store(database, clock):
    writes = [LeadWrite(lead=Lead(lead_id=name)) for name in ("l1", "l2")]
    SqlLeadStore(database, clock).upsert(CALLER, "r1", writes)
    return SqlConversationFacts(database)


def facts(conversation_id="c1", *, tenant="t", lead_id="l1", count=2, minutes=1, **fields):
    stored = StoredFacts(
        lead_id=lead_id,
        conversation_id=conversation_id,
        message_count=count,
        facts=FACTS,
        update_time=START + timedelta(minutes=minutes),
        **{"last_message_time": None, **fields},
    )
    return NewFacts(tenant=tenant, stored=stored)


def test_facts_come_back_as_they_were_written(store):
    moments = {
        name: START + timedelta(hours=at)
        for at, name in enumerate(("last_message_time", "lead_message_time", "deadline", "quiet_from"))
    }
    new = [facts("c1", **moments), facts("c2", minutes=2)]
    store.append(new)
    assert store.of_lead("t", "l1") == [new[1].stored, new[0].stored]
    assert store.of_lead("t", "l2") == []
    assert store.of_lead("u", "l1") == []


def test_the_newest_conversations_come_first(store):
    hours = [5, 30, 1, *range(6, 6 + MOST_CONVERSATIONS)]
    store.append([facts(f"c{at}", last_message_time=START + timedelta(hours=at)) for at in hours])
    found = [one.last_message_time for one in store.of_lead("t", "l1")]
    assert found == sorted((START + timedelta(hours=at) for at in hours), reverse=True)[:MOST_CONVERSATIONS]


def test_a_longer_conversation_is_newer_and_of_the_same_length_the_later_one(store):
    for one in (facts(count=3, minutes=5), facts(count=2, minutes=9), facts(count=3, minutes=4)):
        store.append([one])
    assert [(one.message_count, one.update_time) for one in store.of_lead("t", "l1")] == [
        (3, START + timedelta(minutes=5))
    ]
    store.append([facts(count=3, minutes=6), facts(count=4, minutes=7), facts(count=1, minutes=9)])
    assert store.of_lead("t", "l1")[0].update_time == START + timedelta(minutes=7)


def test_nothing_is_kept_of_leads_that_nobody_knows_or_that_were_erased(store, database):
    store.append([facts(lead_id="nobody"), facts(lead_id="l2")])
    assert store.of_lead("t", "nobody") == []
    assert len(store.of_lead("t", "l2")) == 1
    with database.write("t") as connection:
        erase_lead(connection, "t", "l2")
    assert store.of_lead("t", "l2") == []
    store.append([facts(lead_id="l2", count=9)])
    assert store.of_lead("t", "l2") == []


def test_leads_of_several_tenants_are_written_at_once(store, database, clock):
    SqlLeadStore(database, clock).upsert(Caller(tenant="u", actor="x"), "r", [LeadWrite(lead=Lead(lead_id="l1"))])
    store.append([facts(), facts(tenant="u", count=7), facts("c2")])
    assert [one.conversation_id for one in store.of_lead("t", "l1")] == ["c2", "c1"]
    assert [one.message_count for one in store.of_lead("u", "l1")] == [7]
