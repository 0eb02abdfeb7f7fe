from __future__ import annotations

import pytest

from core.caller import Caller, Role
from core.conversation.message import Message
from core.conversation.stored import ConversationName
from core.conversation.stored_reading import ConversationReading
from core.errors import NotFound, WrongState
from core.identifiers import LeadId, TenantId
from core.lead import Lead, StoredLead
from core.ports import Page
from tests.parts.clock import SetClock

ACME, ANN = TenantId("acme"), LeadId("ann")
PAGE = Page(items=(Message(text="a"),), next_key=None)


class Leads:
    """Ann's lead is Kim's."""

    def get(self, tenant, lead_id):
        if lead_id != ANN:
            raise NotFound("lead", lead_id)
        now = SetClock()()
        lead = Lead(lead_id=ANN, title="Flat", owner_id="kim")
        return StoredLead(lead=lead, revision=1, outcome=None, create_time=now, update_time=now)


class Store:
    def page(self, name, *, limit, after):
        if name != ConversationName(ACME, ANN, "chat"):
            raise NotFound("conversation", name.conversation_id)
        return PAGE


def caller(owner_id=""):
    return Caller(tenant=ACME, actor="x", roles=frozenset({Role.SELLER}), owner_id=owner_id)


def read(*, store, stores=True, owner_id="", lead_id=ANN, name="chat"):
    reading = ConversationReading(store, lambda _: stores, Leads())
    return reading.page(caller(owner_id), lead_id, name, limit=10, after=-1)


@pytest.mark.parametrize("owner_id", ["", "kim"])
def test_those_who_may_see_the_lead_read_it(owner_id):
    assert read(store=Store(), owner_id=owner_id) == PAGE


@pytest.mark.parametrize("lead_id", [ANN, LeadId("bob")])
def test_to_another_seller_there_is_no_such_lead(lead_id):
    with pytest.raises(NotFound) as caught:
        read(store=Store(), owner_id="lee", lead_id=lead_id)
    assert caught.value.kind == "lead"


def test_what_was_stored_stays_readable_when_no_more_is():
    assert read(store=Store(), stores=False) == PAGE


@pytest.mark.parametrize(("store", "stores"), [(None, False), (Store(), False)])
def test_where_nothing_is_stored_that_is_said(store, stores):
    with pytest.raises(WrongState) as caught:
        read(store=store, stores=stores, name="other")
    assert caught.value.reason == "CONVERSATIONS_NOT_STORED"


def test_an_unknown_conversation_is_not_found():
    with pytest.raises(NotFound) as caught:
        read(store=Store(), name="other")
    assert caught.value.kind == "conversation"
