from __future__ import annotations

from dataclasses import replace

from core.conversation.heads.readings import HeadUse
from core.conversation.insights.built_in import built_in_insights
from core.conversation.insights.kind import BUILT_IN_KEYS
from core.conversation.judged import judge
from core.conversation.kinds import ConversationSource, Intent
from core.conversation.needs import SaidOnce
from tests.parts.spoken import agent, at, feelings, lead, talk

USES = {"urgency": HeadUse(ConversationSource.MODEL, "v1")}
SAID = SaidOnce(value=True, message_number=1)


def insights(state, moment=None, uses=USES):
    found = list(built_in_insights(judge(state, uses, None, moment or at(0))))
    assert {one.type for one in found} <= BUILT_IN_KEYS
    for one in found:
        assert 0.0 <= one.confidence <= 1.0
        assert 0.0 <= one.priority_score <= 100.0
        assert one.recommended_actions
    return {one.type: one for one in found}


def of(read, **needs):
    state = talk((lead(send_time=at(0)), read))
    return replace(state, needs=replace(state.needs, **needs))


def test_small_talk_is_worth_nothing():
    assert insights(of(feelings())) == {}


def test_an_urgent_lead():
    found = insights(of(feelings(urgency=0.85)))
    assert found["urgency"].title == "High urgency (85 % sure)"
    assert found["urgency"].priority_score == 90 * 0.85
    assert found["urgency"].evidence


def test_rules_are_believed_less():
    rules = {"urgency": HeadUse(ConversationSource.RULES, "")}
    assert insights(of(feelings(urgency=0.9)), uses=rules)["urgency"].title == "High urgency (54 % sure)"


def test_ready_to_close_needs_the_will_and_the_means_and_no_objection():
    ready = of(feelings(buying=0.9), pre_approved=SAID)
    assert insights(ready)["ready_to_close"].predicted_outcome == "high_conversion_probability"
    assert "ready_to_close" not in insights(of(feelings(buying=0.9)))
    assert "ready_to_close" not in insights(of(feelings(buying=0.9, objections={"trust": 0.8}), pre_approved=SAID))


def test_each_open_objection_says_what_to_do():
    state = of(feelings(objections={"price": 0.8, "approval": 0.6}))
    found = list(built_in_insights(judge(state, USES, None, at(0))))
    assert [one.title for one in found] == ["Finds it too dear (80 % sure)", "Somebody else has to agree (60 % sure)"]
    assert insights(talk((lead(), feelings(buying=0.9)), state=state)).keys() == {"buying_signal", "qualification_gap"}


def test_an_angry_lead():
    found = insights(of(feelings(sentiment=-0.9, intents={Intent.COMPLAINT: 0.9})))
    assert found.keys() == {"complaint", "at_risk"}


def test_what_is_missing_is_asked_for():
    found = insights(of(feelings(buying=0.9), budget_upper=100.0))
    assert found["qualification_gap"].title == "Interested, but not known: timeline, authority"
    assert found["qualification_gap"].recommended_actions == ("Ask by when", "Ask who decides")
    whole = of(feelings(buying=0.9), budget_upper=100.0, deadline=at(days=9), decision_maker=SAID)
    assert "qualification_gap" not in insights(whole)


def test_who_waits_and_who_is_waited_for():
    state = of(feelings())
    assert insights(state, at(3))["unanswered"].title == "Has waited 3 h for an answer"
    assert insights(state, at(days=3))["unanswered"].title == "Has waited 3 days for an answer"
    answered = talk((agent(send_time=at(1)), None), state=state)
    assert insights(answered, at(3)) == {}
    assert insights(answered, at(days=4)).keys() == {"going_quiet"}


def test_opportunities():
    read = feelings(intents={Intent.SELLING: 0.8, Intent.FINANCING: 0.7, Intent.VIEWING: 0.9, Intent.NEGOTIATION: 0.6})
    state = of(read, comparing=SAID, referral=SAID, budget_upper=1.0, deadline=at(days=9), decision_maker=SAID)
    assert insights(state).keys() == {
        "selling_opportunity",
        "financing_interest",
        "viewing_interest",
        "price_negotiation",
        "competitive_threat",
        "referral_opportunity",
    }
