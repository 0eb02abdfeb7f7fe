from __future__ import annotations

import numpy as np
import pytest

from core.conversation.entities.entity import EntityKind
from core.conversation.kinds import DialogueAct, Intent, Objection, Role, Sentiment
from core.conversation.message import Message
from core.conversation.message_reading import continued, turns_of
from core.conversation.state import ConversationState
from tests.parts.spoken import TaggedHeads, agent, at, lead


def read(*messages, state=None):
    state = state or ConversationState()
    return continued(state, messages, TaggedHeads().read("t", turns_of(messages, state.agent_text)))


def test_turns_carry_the_agents_message_before_them():
    messages = [lead("a"), agent("b"), lead("c"), Message(text="s", role=Role.SYSTEM), lead("d"), agent("e")]
    assert turns_of(messages, "before") == [("a", "before"), ("c", "b"), ("d", "b")]


def test_what_heads_say_is_told_by_kind():
    (one,) = read(
        lead(
            "[sentiment.positive=0.7] [intent.viewing=0.9] [intent.price=0.6] [urgency.yes=0.5] "
            "[objection.trust=0.6] [dialogue_act.ask=0.8]"
        )
    ).readings
    feelings = one.feelings
    assert feelings.sentiment.sentiment is Sentiment.POSITIVE
    assert [each.intent for each in feelings.intents[:2]] == [Intent.VIEWING, Intent.PRICE]
    assert [each.signal.is_present for each in feelings.intents[:3]] == [True, True, False]
    assert len(feelings.intents) == len(Intent)
    assert feelings.urgency.is_present
    assert not feelings.buying_intent.is_present
    assert [each.kind for each in feelings.objections] == [Objection.TRUST]
    assert (feelings.act, feelings.act_probability) == (DialogueAct.ASK, 0.8)


def test_no_objection_is_no_objection():
    (one,) = read(lead("[objection.none=0.99]")).readings
    assert one.feelings.objections == ()


def test_agents_and_software_feel_nothing():
    first, second = read(agent("See you on 2026-03-05, a@b.co"), Message(text="a@b.co", role=Role.SYSTEM)).readings
    assert (first.feelings, second.feelings, second.entities) == (None, None, ())
    assert EntityKind.EMAIL in {one.entity.kind for one in first.entities}


def test_indexes_go_on_where_the_conversation_was():
    before = read(lead("a"), agent("b")).state
    after = read(lead("mail a@b.co"), state=before)
    (one,) = after.readings
    assert one.message_index == 2
    (found,) = one.entities
    assert (found.span.message_index, found.span.text) == (2, "a@b.co")
    assert after.state.tempo.message_count == 3


def test_probabilities_do_not_depend_on_the_last_bits_of_an_encoder():
    answers = TaggedHeads().read("t", turns_of([lead("x")], ""))
    noisy = {kind: rows + np.float32(1e-6) for kind, rows in answers.probabilities.items()}
    state = ConversationState()
    same = continued(state, [lead("x")], answers)
    object.__setattr__(answers, "probabilities", noisy)
    assert continued(state, [lead("x")], answers) == same


@pytest.mark.parametrize("order", [(at(0), at(1)), (None, None), (at(1), at(0))])
def test_a_conversation_read_in_parts_is_the_same(order):
    messages = [lead("[urgency.yes=0.9] hi", order[0]), agent("yes?", order[1]), lead("bye", order[1])]
    whole = read(*messages)
    first = read(*messages[:2])
    rest = read(*messages[2:], state=first.state)
    assert rest.state == whole.state
    assert (*first.readings, *rest.readings) == whole.readings
