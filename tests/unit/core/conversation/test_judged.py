from __future__ import annotations

from dataclasses import replace

import pytest

from core.conversation.fading import URGENCY_HALF_LIFE
from core.conversation.fields import ANALYSIS_FIELDS
from core.conversation.heads.readings import HeadUse
from core.conversation.judged import judge
from core.conversation.kinds import BehavioralSignal, ConversationSource, Intent, Momentum
from core.conversation.known import facts_of
from core.conversation.lead_picture import LeadPicture
from core.conversation.needs import SaidOnce
from core.conversation.state import ConversationState
from core.criteria.facts import FieldType
from tests.parts.spoken import agent, at, feelings, lead, talk

MODEL = {"urgency": HeadUse(ConversationSource.MODEL, "v1")}
RULES = {"urgency": HeadUse(ConversationSource.RULES, "")}
HOT = feelings(urgency=0.8, buying=0.9, intents={Intent.BUYING: 0.9})


def judged(state, *, uses=MODEL, picture=None, moment=None):
    return judge(state, uses, picture, moment or at(0))


def one(read=HOT):
    return talk((lead(send_time=at(0)), read))


def test_urgency_fades_while_time_goes_by():
    now, later = judged(one()), judged(one(), moment=at() + URGENCY_HALF_LIFE)
    assert (now.urgency.probability, now.urgency.is_present) == (0.8, True)
    assert later.urgency.probability == pytest.approx(0.4)
    assert later.urgency.is_present
    assert not judged(one(), moment=at(days=4)).urgency.is_present


def test_a_moment_before_the_newest_message_is_that_of_the_message():
    assert judged(one(), moment=at(-50)).urgency.probability == 0.8


def test_rules_are_believed_less():
    assert judged(one(), uses=RULES).confidence == pytest.approx(0.6 * judged(one()).confidence)


def test_more_messages_are_more_to_go_by():
    longer = talk((lead(), HOT), (lead(), HOT), state=one())
    assert 0.0 < judged(one()).confidence < judged(longer).confidence < 1.0
    assert judged(ConversationState()).confidence == 0.0


def test_priority_is_higher_for_what_presses_and_bounded():
    calm, hot = judged(one(feelings())), judged(one())
    assert 0.0 <= calm.priority_score < hot.priority_score <= 100.0
    known = judged(one(), picture=LeadPicture(score=90.0, event_count=5, days_since_event=0.0))
    assert hot.priority_score < known.priority_score <= 100.0
    assert judged(one(), moment=at(days=60)).priority_score < hot.priority_score / 2


def test_a_complaint_comes_first():
    angry = feelings(sentiment=-0.9, intents={Intent.COMPLAINT: 0.95})
    assert judged(one(angry)).priority_score > judged(one(feelings(urgency=0.5))).priority_score


def kinds(state, moment=None):
    return {signal.kind: signal.strength for signal in judged(state, moment=moment).signals}


def test_signals_show_in_what_is_said_and_in_times():
    said = SaidOnce(value=True, message_number=1)
    state = one()
    needs = replace(state.needs, pre_approved=said, decision_maker=said, immediate_need=said, deadline=at(days=15))
    found = kinds(replace(state, needs=needs))
    assert found[BehavioralSignal.PRE_APPROVED] == found[BehavioralSignal.DECISION_MAKER] == 0.9
    assert found[BehavioralSignal.IMMEDIATE_NEED] == pytest.approx(0.9)
    assert found[BehavioralSignal.TIMELINE_PRESSURE] == pytest.approx(0.8)
    denied = replace(state, needs=replace(needs, pre_approved=replace(said, value=False), decision_maker=None))
    assert BehavioralSignal.PRE_APPROVED not in kinds(denied)


def test_a_deadline_presses_more_the_nearer_it_is_and_not_at_all_once_it_passed():
    state = one(feelings())
    state = replace(state, needs=replace(state.needs, deadline=at(days=20)))
    far, near = kinds(state, at(days=1)), kinds(state, at(days=19))
    assert 0.5 < far[BehavioralSignal.TIMELINE_PRESSURE] < near[BehavioralSignal.TIMELINE_PRESSURE] < 1.0
    assert BehavioralSignal.TIMELINE_PRESSURE not in kinds(state, at(days=21))


def test_who_does_not_answer_goes_quiet():
    state = talk((agent(send_time=at(1)), None), state=one())
    assert BehavioralSignal.GOING_QUIET not in kinds(state, at(40))
    assert kinds(state, at(1 + 48))[BehavioralSignal.GOING_QUIET] == pytest.approx(0.5)
    assert judged(state, moment=at(days=9)).momentum is Momentum.DECLINING


def test_weighing_other_offers_shows_in_words_and_objections():
    rival = one(feelings(objections={"competitor": 0.7}))
    assert kinds(rival)[BehavioralSignal.COMPARISON_SHOPPING] == pytest.approx(0.7)
    won = talk((lead(), HOT), state=rival)
    assert BehavioralSignal.COMPARISON_SHOPPING not in kinds(won)


def test_facts_are_fields_of_their_types():
    said = SaidOnce(value=True, message_number=1)
    state = talk((agent(send_time=at(1)), None), state=one(feelings(objections={"price": 0.9}, urgency=0.9)))
    needs = replace(
        state.needs,
        budget_upper=3.0,
        budget_lower=1.0,
        budget_currency="EUR",
        bedrooms_lower=2.0,
        places=("soho",),
        pre_approved=said,
        decision_maker=said,
        deadline=at(days=9),
    )
    facts = {**facts_of(judged(replace(state, needs=needs)), list(MODEL.values())), "analysis.insights": ()}
    assert facts.keys() == ANALYSIS_FIELDS.keys()
    types = {FieldType.NUMBER: float, FieldType.TEXT: str, FieldType.FLAG: bool, FieldType.TEXTS: tuple}
    for name, value in facts.items():
        assert type(value) is types[ANALYSIS_FIELDS[name]], name
    assert facts["analysis.objections"] == ("price",)
    assert facts["analysis.source"] == "model"


def test_what_is_not_known_is_no_fact():
    facts = facts_of(judged(talk((lead(), feelings()))), list(RULES.values()))
    assert not facts.keys() & {"analysis.budget_upper", "analysis.places", "analysis.hours_since_lead_message"}
    assert facts["analysis.source"] == "rules"
