from __future__ import annotations

import pytest

from core.conversation.kinds import DialogueAct, Intent, Objection
from core.conversation.levels import MOST_EVIDENCE
from core.conversation.objecting import moves_towards_deal, newest_first, objections_after
from tests.parts.spoken import feelings

PRICE = feelings(objections={"price": 0.8})


def after(*reads):
    objections = {}
    for index, read in enumerate(reads):
        objections = objections_after(objections, read, index)
    return objections


def test_an_objection_counts_the_messages_that_raise_it():
    (one,) = after(PRICE, feelings(), feelings(objections={"price": 0.6})).values()
    assert (one.kind, one.message_count, one.last_index, one.probability) == (Objection.PRICE, 2, 2, 0.8)
    assert not one.is_overcome


@pytest.mark.parametrize(
    "towards",
    [
        feelings(buying=0.9),
        feelings(intents={Intent.VIEWING: 0.8}),
        feelings(intents={Intent.BUYING: 0.8}),
        feelings(act=DialogueAct.SELECT),
    ],
)
def test_a_later_move_towards_a_deal_overcomes_it(towards):
    assert moves_towards_deal(towards)
    assert after(PRICE, towards)[Objection.PRICE].is_overcome
    assert not after(towards, PRICE)[Objection.PRICE].is_overcome


def test_who_objects_in_the_same_breath_does_not_move():
    assert not moves_towards_deal(feelings(buying=0.9, objections={"trust": 0.7}))


def test_an_objection_that_comes_back_is_open_again():
    assert not after(PRICE, feelings(buying=0.9), PRICE)[Objection.PRICE].is_overcome


def test_the_newest_comes_first():
    raised = after(PRICE, feelings(objections={"trust": 0.6}), feelings(objections={"timing": 0.7, "price": 0.9}))
    assert [one.kind for one in newest_first(raised)] == [Objection.PRICE, Objection.TIMING, Objection.TRUST]


def test_evidence_is_bounded():
    (one,) = after(*[PRICE] * 30).values()
    assert len(one.spans) == MOST_EVIDENCE
    assert one.message_count == 30
