from __future__ import annotations

from core.conversation.facts_store import MOST_CONVERSATIONS, NewFacts, StoredFacts
from core.conversation.unwritten import UnwrittenFacts
from tests.parts.spoken import at


class Store:
    def __init__(self):
        self.rows = []

    def of_lead(self, _tenant, _lead_id):
        return self.rows


def facts(conversation_id, hours, count=1):
    return StoredFacts(
        lead_id="l1",
        conversation_id=conversation_id,
        message_count=count,
        last_message_time=at(hours),
        facts={},
        update_time=at(hours),
    )


def test_what_was_said_shows_before_it_is_stored():
    store, offered = Store(), []
    store.rows = [facts("c2", 5), facts("c1", 1)]
    known = UnwrittenFacts(store, offered.append)
    new = NewFacts(tenant="t", stored=facts("c1", 9, count=2))
    known.add(new)
    assert offered == [new]
    assert known.of_lead("t", "l1") == [new.stored, store.rows[0]]
    assert known.of_lead("t", "l2") == store.rows
    assert known.of_lead("u", "l1") == store.rows


def test_what_is_stored_is_forgotten_unless_something_newer_waits():
    store = Store()
    known = UnwrittenFacts(store, lambda _: None)
    first, second = (NewFacts(tenant="t", stored=facts("c1", hours)) for hours in (1, 2))
    known.add(first)
    known.add(second)
    known.written([first])
    assert known.of_lead("t", "l1") == [second.stored]
    known.written([second])
    assert known.of_lead("t", "l1") == []


def test_no_more_conversations_of_a_lead_wait_than_count():
    known = UnwrittenFacts(Store(), lambda _: None)
    new = [NewFacts(tenant="t", stored=facts(f"c{at_}", 0)) for at_ in range(MOST_CONVERSATIONS + 2)]
    for one in (*new[:2], new[0], *new[2:]):
        known.add(one)
    known.written(new[2:])
    assert known.of_lead("t", "l1") == []
