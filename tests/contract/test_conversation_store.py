"""Stored conversations: nobody reads them without the keys, and they do not outlive their lead."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from core.adapters.message_sealing import MessageSealing
from core.adapters.sql import conversation_store as module
from core.adapters.sql.conversation_keys import SqlConversationKeys
from core.adapters.sql.conversation_pruning import prune_conversations
from core.adapters.sql.conversation_store import SqlConversationStore
from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.lead_erasure import erase_lead
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.tables import conversation_keys, conversation_messages
from core.caller import Caller
from core.conversation.kinds import Role
from core.conversation.message import LONGEST_MESSAGE, Message
from core.conversation.stored import ConversationName, KeptConversation
from core.errors import NotFound, WrongState
from core.identifiers import LeadId, TenantId
from core.lead import Lead, LeadWrite
from core.ports import Page
from tests.parts.clock import SetClock
from tests.parts.events import event

ACME, OTHER, ANN = TenantId("acme"), TenantId("other"), LeadId("ann")
CHAT = ConversationName(ACME, ANN, "chat")
OLD, NEW = b"o" * 32, b"n" * 32


class Desk:
    def __init__(self, database, clock: SetClock):
        self.database, self.clock = database, clock
        self.refused = []
        self.store = self.opened(OLD)
        for tenant in (ACME, OTHER):
            self.add_lead(tenant)

    def opened(self, *keys, mask=str):
        return SqlConversationStore(self.database, MessageSealing(keys), mask, self.clock, self.refused.append)

    def add_lead(self, tenant=ACME, request_id="1"):
        lead = Lead(lead_id=ANN, title="Flat")
        SqlLeadStore(self.database, self.clock).upsert(
            Caller(tenant=tenant, actor="x"), request_id, [LeadWrite(lead=lead)]
        )

    def keep(self, *texts, name=CHAT, store=None):
        messages = [text if isinstance(text, Message) else Message(text=text) for text in texts]
        kept = KeptConversation(name=name, messages=messages, keep_time=self.clock())
        return (store or self.store).store([kept])

    def texts(self, name=CHAT, store=None):
        return [message.text for message in (store or self.store).page(name, limit=100, after=-1).items]

    def rows(self, table=conversation_messages):
        with self.database.read("*") as connection:
            return connection.execute(select(table)).all()

    def erase(self):
        with self.database.write(ACME) as connection:
            erase_lead(connection, ACME, ANN)


@pytest.fixture
def desk(database, clock):
    return Desk(database, clock)


def test_messages_come_back_as_they_were(desk, clock):
    told = [
        Message(text="Hi 🙂 \u0000", message_id="m\ud800", send_time=clock()),
        Message(text="Yes?", role=Role.AGENT),
        Message(text="note", role=Role.SYSTEM),
    ]
    assert desk.keep(*told) == 3
    page = desk.store.page(CHAT, limit=10, after=-1)
    assert page == Page(items=tuple(told), next_key=None)


def test_pages_go_on_where_the_last_one_ended(desk):
    desk.keep(*"abcde")
    first = desk.store.page(CHAT, limit=2, after=-1)
    second = desk.store.page(CHAT, limit=3, after=int(first.next_key))
    assert [[one.text for one in page.items] for page in (first, second)] == [["a", "b"], ["c", "d", "e"]]
    assert second.next_key is None
    assert desk.store.page(CHAT, limit=3, after=4).items == ()


@pytest.mark.parametrize(
    "name", [CHAT._replace(tenant=OTHER), CHAT._replace(conversation_id="x"), CHAT._replace(lead_id="b")]
)
def test_another_conversation_is_not_there(desk, name):
    desk.keep("a")
    with pytest.raises(NotFound):
        desk.store.page(name, limit=10, after=-1)


def test_only_what_is_new_is_written(desk):
    assert desk.keep("a", "b") == 2
    before = {row.message_index: row.ciphertext for row in desk.rows()}
    assert desk.keep("a", "b", "c") == 1
    assert desk.keep("a", "b", "c") == 0
    after = {row.message_index: row.ciphertext for row in desk.rows()}
    assert {index: after[index] for index in before} == before
    assert desk.texts() == ["a", "b", "c"]


def test_what_was_changed_or_left_out_is_stored_so(desk):
    desk.keep("a", "b", "c")
    desk.keep("a", "B", "c")
    assert desk.texts() == ["a", "B", "c"]
    desk.keep("z")
    assert desk.texts() == ["z"]


def test_a_process_that_knows_nothing_writes_all_of_it_over(desk):
    desk.keep("a", "b")
    assert desk.keep("a", "b", "c", store=desk.opened(OLD)) == 3
    assert desk.texts() == ["a", "b", "c"]


def test_what_another_process_changed_meanwhile_is_written_over(desk):
    desk.keep("a", "b")
    desk.clock.advance(1)
    desk.keep("a", "B", store=desk.opened(OLD))
    assert desk.keep("a", "b", "c") == 3
    assert desk.texts() == ["a", "b", "c"]


def test_long_conversations_are_written_apart(desk, monkeypatch):
    monkeypatch.setattr(module, "_MESSAGES_AT_ONCE", 3)
    names = [CHAT._replace(conversation_id=name) for name in "abc"]
    kept = [
        KeptConversation(name=name, messages=[Message(text="x")] * count, keep_time=desk.clock())
        for name, count in zip(names, (2, 2, 5), strict=True)
    ]
    assert desk.store.store(kept) == 9
    assert [len(desk.texts(name)) for name in names] == [2, 2, 5]


def test_what_disappeared_is_written_again(desk):
    desk.keep("a", "b")
    with desk.database.write(ACME) as connection:
        connection.execute(delete(conversation_messages).where(conversation_messages.c.message_index == 0))
    assert desk.keep("a", "b", "c") == 3


def test_no_row_shows_a_word(desk):
    desk.keep("quixotic zephyr", name=CHAT)
    for row in desk.rows():
        assert b"quixotic" not in row.ciphertext
        assert "quixotic" not in str(tuple(row))


def test_what_is_private_is_masked_before_it_is_locked(desk):
    store = desk.opened(OLD, mask=lambda text: text.replace("a", "[NAME]" * 2))
    desk.keep("a b", "a" * LONGEST_MESSAGE, store=store)
    short, long = desk.texts(store=store)
    assert short == "[NAME][NAME] b"
    assert len(long) == LONGEST_MESSAGE


def test_erasing_takes_the_key_and_the_messages(desk):
    desk.keep("a")
    desk.keep("theirs", name=CHAT._replace(tenant=OTHER))
    desk.erase()
    for table in (conversation_keys, conversation_messages):
        assert [row.tenant for row in desk.rows(table)] == [OTHER]


def test_without_the_leads_key_nobody_reads_a_copy_of_the_messages(desk):
    desk.keep("a")
    copies = desk.rows()
    desk.erase()
    desk.add_lead(request_id="2")
    desk.clock.advance(1)
    desk.keep("b", name=CHAT._replace(conversation_id="new"))
    with desk.database.write(ACME) as connection:
        connection.execute(conversation_messages.insert(), [row._asdict() for row in copies])
    with pytest.raises(WrongState) as caught:
        desk.texts()
    assert caught.value.reason == "CONVERSATION_DAMAGED"


def test_what_waited_while_its_lead_was_erased_is_not_stored(desk):
    before = desk.clock()
    desk.erase()
    desk.clock.advance(1)
    desk.add_lead(request_id="2")
    kept = KeptConversation(name=CHAT, messages=[Message(text="a")], keep_time=before)
    assert desk.store.store([kept]) == 0
    assert desk.rows() == []
    assert desk.keep("a") == 1


def test_a_lead_that_only_has_events_counts_and_one_that_nobody_knows_does_not(desk, clock):
    bob, nobody = CHAT._replace(lead_id=LeadId("bob")), CHAT._replace(lead_id=LeadId("nobody"))
    SqlEventLog(desk.database, clock).append(Caller(tenant=ACME, actor="shop"), "", [event("1", "bob")])
    assert desk.keep("a", name=bob) == 1
    assert desk.keep("a", name=nobody) == 0
    assert [row.lead_id for row in desk.rows(conversation_keys)] == ["bob"]


def test_after_a_rotation_old_conversations_open_and_go_on(desk):
    desk.keep("a")
    rotated = desk.opened(NEW, OLD)
    assert desk.texts(store=rotated) == ["a"]
    keys = SqlConversationKeys(desk.database, MessageSealing([NEW, OLD]))
    assert (keys.lock_again(), keys.lock_again()) == (1, 0)
    assert desk.texts(store=desk.opened(NEW)) == ["a"]


def test_without_the_operators_key_nothing_is_read_or_overwritten(desk):
    desk.keep("a")
    other = desk.opened(NEW)
    with pytest.raises(WrongState) as caught:
        desk.texts(store=other)
    assert caught.value.reason == "CONVERSATION_KEY_UNKNOWN"
    assert desk.keep("b", store=other) == 0
    assert desk.refused == [1]
    assert desk.texts() == ["a"]


def test_pruning_keeps_whole_what_goes_on(desk):
    old = CHAT._replace(conversation_id="old")
    desk.keep("a", name=old)
    desk.keep("a")
    desk.clock.advance(2 * 86_400)
    desk.keep("a", "b")
    assert prune_conversations(desk.database, OTHER, desk.clock()) == 0
    assert prune_conversations(desk.database, ACME, desk.clock() - timedelta(days=1)) == 1
    assert desk.texts() == ["a", "b"]
    with pytest.raises(NotFound):
        desk.texts(name=old)


def test_conversations_of_several_tenants_in_one_batch(desk):
    kept = [
        KeptConversation(name=CHAT._replace(tenant=tenant), messages=[Message(text=tenant)], keep_time=desk.clock())
        for tenant in (OTHER, ACME, OTHER)
    ]
    assert desk.store.store(kept) >= 2
    assert (desk.texts(), desk.texts(name=CHAT._replace(tenant=OTHER))) == (["acme"], ["other"])
