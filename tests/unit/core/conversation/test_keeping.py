from __future__ import annotations

import pytest

from core.conversation import keeping as module
from core.conversation.keeping import ConversationKeeping, WaitingConversations
from core.conversation.message import Message
from core.conversation.stored import ConversationName
from core.errors import DependencyDown, WrongState
from core.identifiers import LeadId, TenantId
from tests.parts.analysing import Sent
from tests.parts.clock import SetClock

ACME, OTHER, ANN = TenantId("acme"), TenantId("other"), LeadId("ann")


class Store:
    """Writes down what it is given, or fails."""

    def __init__(self):
        self.written = []
        self.error = None
        self.meanwhile = lambda: None

    def store(self, kept):
        self.meanwhile()
        if self.error:
            raise self.error
        self.written += [(one.name.conversation_id, [message.text for message in one.messages]) for one in kept]
        return sum(len(one.messages) for one in kept)


class Desk:
    def __init__(self, tenants=("*",)):
        self.store, self.lost, self.offered = Store(), [], []
        self.waiting = WaitingConversations(self.store, self.lost.append)
        self.keeping = ConversationKeeping(tenants, self.waiting, self.offered.append, SetClock())

    def keep(self, *texts, name="chat", tenant=ACME, lead_id=ANN):
        self.keeping.keep(tenant, lead_id, name, Sent([Message(text=text) for text in texts]))

    def write(self):
        names, self.offered[:] = list(self.offered), []
        return self.waiting.write(names)


def test_what_was_sent_last_is_stored_once():
    desk = Desk()
    desk.keep("a")
    desk.keep("a", "b")
    assert desk.offered == [ConversationName(ACME, ANN, "chat")]
    assert desk.write() == 2
    assert desk.store.written == [("chat", ["a", "b"])]
    assert desk.write() == 0


def test_only_of_tenants_who_store_and_only_with_a_lead_and_a_name():
    desk = Desk(tenants=(ACME,))
    desk.keep("a", tenant=OTHER)
    desk.keep("a", name="")
    desk.keep("a", lead_id=LeadId(""))
    assert desk.offered == []
    assert (desk.keeping.stores(ACME), desk.keeping.stores(OTHER)) == (True, False)
    assert Desk().keeping.stores(OTHER)


def test_what_grew_while_it_was_written_is_written_again():
    desk = Desk()
    desk.keep("a")
    desk.store.meanwhile = lambda: desk.keep("a", "b")
    desk.write()
    desk.store.meanwhile = lambda: None
    assert desk.write() == 2
    assert desk.store.written == [("chat", ["a"]), ("chat", ["a", "b"])]


def test_during_an_outage_it_waits_on_but_for_what_is_newer():
    desk = Desk()
    desk.keep("a")
    desk.keep("x", name="other")
    desk.store.error = DependencyDown("store")
    desk.store.meanwhile = lambda: desk.keep("a", "b")
    names = list(desk.offered)
    with pytest.raises(DependencyDown):
        desk.waiting.write(names)
    desk.store.error, desk.store.meanwhile = None, lambda: None
    assert desk.waiting.write(names) == 3
    assert sorted(desk.store.written) == [("chat", ["a", "b"]), ("other", ["x"])]


def test_what_the_store_refuses_does_not_wait_for_ever():
    desk = Desk()
    desk.keep("a")
    desk.store.error = WrongState("X", "x")
    with pytest.raises(WrongState):
        desk.write()
    desk.keep("a", "b")
    assert len(desk.offered) == 1


def test_what_finds_no_room_pushes_out_the_oldest(monkeypatch):
    desk = Desk()
    monkeypatch.setattr(module, "MOST_WAITING_BYTES", len(Sent([Message(text="12345")] * 2).content))
    desk.keep("12345", name="first")
    desk.keep("12345", name="second")
    desk.keep("1234567", name="first")
    assert desk.lost == [1]
    desk.keep("x" * 50, name="huge")
    assert desk.lost == [1, 1]
    desk.write()
    assert desk.store.written == [("huge", ["x" * 50])]


def test_no_more_than_so_many_wait(monkeypatch):
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    desk = Desk()
    for name in "abc":
        desk.keep("x", name=name)
    assert desk.lost == [1]
    desk.write()
    assert [name for name, _ in desk.store.written] == ["b", "c"]
