from __future__ import annotations

from dataclasses import replace

from core.conversation.kept import SPAN_BYTES, ConversationKey, KeptConversation, KeptConversations, Written
from core.conversation.state import ConversationState
from tests.parts.spoken import feelings, lead, talk


def key(conversation_id="c1"):
    return ConversationKey(tenant="t", lead_id="", conversation_id=conversation_id, pinned=(), opening=b"o")


def conversation(kept, content, answers=b"x"):
    return KeptConversation(
        digest=kept.digest(content),
        byte_count=len(content),
        plan=b"",
        state=ConversationState(),
        written=Written.nothing().after([answers]),
    )


def longest(kept, key_, content):
    found = kept.longest(key_, content)
    assert found.digest == kept.digest(content)
    return found.conversation


def test_a_conversation_that_goes_on_is_found_by_its_beginning():
    kept = KeptConversations()
    first = conversation(kept, b"one")
    kept.keep(key(), first)
    assert longest(kept, key(), b"one two") is first
    assert longest(kept, key(), b"one") is first
    assert longest(kept, key(), b"on") is None
    assert longest(kept, key(), b"two one") is None
    assert longest(kept, key("c2"), b"one two") is None


def test_the_longest_beginning_is_found():
    kept = KeptConversations()
    for content in (b"one two", b"one"):
        kept.keep(key(), conversation(kept, content))
    assert longest(kept, key(), b"one two three").byte_count == 7
    assert longest(kept, key(), b"one three").byte_count == 3


def test_memory_is_bounded_and_the_oldest_goes_first():
    kept = KeptConversations(most_bytes=100_000)
    for number in range(40):
        kept.keep(key(str(number)), conversation(kept, b"one", b"x" * 1_000))
        assert kept.bytes_held <= 100_000
        longest(kept, key("0"), b"one")
    assert longest(kept, key("0"), b"one") is not None
    assert longest(kept, key("1"), b"one") is None
    assert longest(kept, key("39"), b"one") is not None
    kept.keep(key("large"), conversation(kept, b"one", b"x" * 200_000))
    assert longest(kept, key("large"), b"one") is None


def test_what_is_held_is_counted_right():
    kept = KeptConversations()
    for content in (b"a", b"ab", b"abc", b"abc"):
        kept.keep(key(), conversation(kept, content))
    assert kept.bytes_held == sum(conversation(kept, content).size_bytes for content in (b"ab", b"abc"))


def test_answers_are_given_from_any_message_on():
    written = Written.nothing().after([b"a", b"bb"]).after([b"", b"ccc"])
    assert [written.since(index) for index in range(5)] == [b"abbccc", b"bbccc", b"ccc", b"ccc", b""]


def test_a_state_is_estimated_by_what_is_in_it():
    kept = KeptConversations()
    plain = conversation(kept, b"one")
    hot = feelings(urgency=0.9, buying=0.9, objections={"price": 0.9})
    state = talk(*[(lead(), hot)] * 30)
    full = replace(plain, state=state)
    evidence = [span for level in (state.mood.urgency, state.mood.buying_intent) for span in level.spans]
    assert len(evidence) == 20
    assert full.size_bytes - plain.size_bytes == SPAN_BYTES * 30
