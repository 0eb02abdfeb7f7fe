from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.conversation.kinds import BehavioralSignal, Intent, Momentum, Objection
from core.health import conversion, engagement, momentum, mood, qualification
from core.health.health import QualificationCriterion
from core.health.judging import BASE, judge
from tests.parts.health import READY, TALK, busy, knowledge, lead_score

share = st.floats(0.0, 1.0)
amount = st.floats(0.0, 1e6)
days = st.floats(0.0, 4_000.0)
said = st.fixed_dictionaries(
    {},
    optional={
        "lead_message_count": st.integers(0, 5_000).map(float),
        "sentiment_score": st.floats(-1.0, 1.0),
        "intents": st.lists(st.sampled_from([one.value for one in Intent]), unique=True).map(tuple),
        "urgency": share,
        "is_urgent": st.booleans(),
        "buying_intent": share,
        "is_buying": st.booleans(),
        "objections": st.lists(st.sampled_from([one.value for one in Objection][1:]), unique=True).map(tuple),
        "signals": st.lists(st.sampled_from([one.value for one in BehavioralSignal]), unique=True).map(tuple),
        "momentum": st.sampled_from([one.value for one in Momentum]),
        "hours_since_lead_message": st.floats(0.0, 1e5),
        "is_unanswered": st.booleans(),
        "budget_lower": amount,
        "budget_upper": amount,
        "budget_currency": st.sampled_from(["", "USD"]),
        "bedrooms": st.floats(1.0, 6.0),
        "places": st.just(("riverside",)),
        "deadline_days": days,
        "is_pre_approved": st.booleans(),
        "is_decision_maker": st.booleans(),
        "confidence": share,
    },
)
did = st.fixed_dictionaries(
    {},
    optional={
        "total_interactions": st.integers(0, 10_000).map(float),
        "total_sessions": st.integers(0, 400).map(float),
        "days_since_first": days,
        "days_since_last": days,
        "interaction_timespan_days": days,
        "engagement_fading_7d": amount,
        "engagement_fading_30d": amount,
        "events_30d": amount,
        "schedule_frequency": share,
        "inquiry_frequency": share,
        "interest_count": amount,
    },
)
scores = st.none() | st.builds(lead_score, share, usual=share, width=share)


@settings(max_examples=40)
@given(did, said, scores, st.integers(0, 20))
def test_reasons_add_up_and_everything_is_in_its_range(did, said, score, conversations):
    known = knowledge(did=did, said=said, score=score, conversation_count=conversations)
    judged = judge(known)
    assert BASE + math.fsum(reason.points for reason in judged.reasons) == pytest.approx(judged.score, abs=1e-6)
    assert 0.0 <= judged.score <= 100.0
    assert 0.0 <= judged.engagement_score <= 100.0
    assert 0.0 <= judged.cold_risk <= 1.0
    assert 0.0 <= judged.confidence <= 1.0
    assert 0.0 <= judged.qualification.score <= 1.0
    assert all(reason.points and reason.text for reason in judged.reasons)
    assert [part.criterion for part in judged.qualification.parts] == list(QualificationCriterion)
    assert judge(known) == judged


def test_nothing_known_is_the_base_without_a_reason():
    judged = judge(knowledge())
    assert (judged.score, judged.reasons, judged.momentum, judged.confidence) == (BASE, (), Momentum.UNKNOWN, 0.0)
    assert judged.qualification.missing == tuple(QualificationCriterion)


def test_what_components_can_add_and_take_fills_the_scale():
    most = (conversion.MOST, engagement.MOST, 4 * qualification.MOST, momentum.MOST, mood.MOST_FELT)
    least = (conversion.LEAST, 4 * qualification.LEAST, momentum.LEAST, mood.LEAST_FELT, mood.LEAST_OBJECTED)
    assert (sum(most), sum(least)) == (100.0 - BASE, -BASE)


@settings(max_examples=40)
@given(st.data(), did, said, scores)
def test_a_better_sign_never_lowers_the_health(data, did, said, score):
    name, low, high = data.draw(
        st.sampled_from(
            [
                ("sentiment_score", -1.0, 1.0),
                ("urgency", 0.0, 1.0),
                ("buying_intent", 0.0, 1.0),
                ("is_pre_approved", False, True),
                ("is_decision_maker", False, True),
                ("deadline_days", 365.0, 0.0),
            ]
        )
    )
    worse = judge(knowledge(did=did, said=said | {name: low}, score=score))
    better = judge(knowledge(did=did, said=said | {name: high}, score=score))
    assert better.score >= worse.score - 1e-9


@settings(max_examples=40)
@given(share, share, st.floats(0.0, 0.9), did, said)
def test_a_higher_probability_never_lowers_the_health(one, other, width, did, said):
    lower, higher = (
        judge(knowledge(did=did, said=said, score=lead_score(probability, width=width)))
        for probability in sorted((one, other))
    )
    assert higher.score >= lower.score - 1e-9


@settings(max_examples=40)
@given(amount, amount, said, scores)
def test_doing_more_lately_never_lowers_the_health(one, other, said, score):
    lower, higher = (
        judge(
            knowledge(
                did=busy(weight) | {"engagement_fading_30d": 2e6, "total_interactions": 50.0}, said=said, score=score
            )
        )
        for weight in sorted((one, other))
    )
    assert higher.score >= lower.score - 1e-9


@settings(max_examples=40)
@given(did, said, scores, st.lists(st.sampled_from([one.value for one in Objection][1:]), unique=True, min_size=1))
def test_one_more_objection_never_raises_the_health(did, said, score, kinds):
    fewer = judge(knowledge(did=did, said=said | {"objections": tuple(kinds[1:])}, score=score))
    more = judge(knowledge(did=did, said=said | {"objections": tuple(kinds)}, score=score))
    assert more.score <= fewer.score + 1e-9
    assert more.cold_risk >= fewer.cold_risk - 1e-9


@settings(max_examples=40)
@given(st.floats(0.0, 700.0), st.floats(0.0, 700.0), st.integers(1, 200), said)
def test_silence_never_lowers_the_risk_nor_raises_the_engagement(one, other, count, said):
    said = {name: value for name, value in said.items() if name != "lead_message_count"}
    sooner, later = (
        judge(knowledge(did=busy(30.0, silent, float(count)), said=said)) for silent in sorted((one, other))
    )
    assert later.cold_risk >= sooner.cold_risk - 1e-9
    assert later.engagement_score <= sooner.engagement_score + 1e-9


def test_who_came_daily_and_stopped_is_sooner_gone_than_who_comes_monthly():
    daily = busy() | {"total_sessions": 30.0, "interaction_timespan_days": 30.0, "days_since_last": 10.0}
    monthly = daily | {"total_sessions": 3.0, "interaction_timespan_days": 90.0}
    assert judge(knowledge(did=daily)).cold_risk > 0.9
    assert judge(knowledge(did=monthly)).cold_risk < 0.3


@pytest.mark.parametrize(
    ("fading_7d", "fading_30d", "expected"),
    [
        # A steady rate r adds up to r h / ln 2.
        (70.0, 300.0, Momentum.STEADY),
        (140.0, 300.0, Momentum.ACCELERATING),
        (35.0, 300.0, Momentum.SLOWING),
        (10.0, 300.0, Momentum.DECLINING),
    ],
)
def test_momentum_compares_the_last_week_with_the_last_month(fading_7d, fading_30d, expected):
    done = busy(count=100.0) | {"engagement_fading_7d": fading_7d, "engagement_fading_30d": fading_30d}
    assert judge(knowledge(did=done)).momentum is expected


def test_the_newer_of_events_and_messages_decides_where_a_lead_is_heading():
    long_ago, now = busy(days_ago=60.0), busy()
    talking = TALK | {"momentum": "accelerating", "lead_message_count": 8.0}
    assert judge(knowledge(did=long_ago)).momentum is Momentum.DECLINING
    assert judge(knowledge(did=long_ago, said=talking)).momentum is Momentum.ACCELERATING
    left = talking | {"momentum": "steady", "hours_since_lead_message": 24.0 * 90.0}
    assert judge(knowledge(said=left)).momentum is Momentum.DECLINING
    assert judge(knowledge(did=now, said=left)).momentum is Momentum.ACCELERATING


def test_qualification_says_what_is_known_and_what_to_ask_for():
    judged = judge(knowledge(said=READY | {"is_decision_maker": None, "budget_lower": 300_000.0}))
    texts = {part.criterion.value: part.text for part in judged.qualification.parts}
    assert texts == {
        "budget": "Budget 300,000 to 450,000 USD, means approved",
        "authority": "",
        "need": "Wants to buy",
        "timeline": "Is in a hurry",
    }
    assert judged.qualification.missing == (QualificationCriterion.AUTHORITY,)
    assert judged.qualification.score == pytest.approx((1.0 + 0.975 + 0.975) / 4.0)


def test_an_objection_to_the_price_lowers_a_budget_but_is_none():
    assert (
        QualificationCriterion.BUDGET in judge(knowledge(said=TALK | {"objections": ("price",)})).qualification.missing
    )
    with_budget = TALK | {"budget_upper": 1_000.0}
    parts = [
        judge(knowledge(said=with_budget | {"objections": kinds})).qualification.parts[0] for kinds in ((), ("price",))
    ]
    assert [part.score for part in parts] == [0.75, 0.5]
    assert parts[1].text == "Budget up to 1,000, objects to the price"


def test_what_was_said_long_ago_speaks_neither_way():
    old = READY | {"hours_since_lead_message": 24.0 * 600.0}
    parts = judge(knowledge(said=old)).qualification.parts
    assert all(abs(part.score - 0.5) < 0.01 for part in parts)


def test_events_speak_for_a_need():
    for name, score in (("schedule_frequency", 0.9), ("inquiry_frequency", 0.75), ("interest_count", 0.6)):
        part = judge(knowledge(did=busy(**{name: 0.5}))).qualification.parts[2]
        assert part.score == pytest.approx(score)


def test_a_vacuous_score_says_nothing():
    assert not judge(knowledge(score=lead_score(0.5, usual=0.1, width=1.0))).reasons


def test_values_of_another_type_are_taken_as_unknown():
    odd = {"urgency": "high", "budget_upper": True, "momentum": 3.0, "is_pre_approved": "yes", "objections": "price"}
    assert judge(knowledge(said=TALK | odd)).score == judge(knowledge(said=TALK | {"momentum": "steady"})).score


@pytest.mark.parametrize(
    ("days", "text"), [(0.2, "Deadline within a day"), (1.3, "Deadline in 1 day"), (2.0, "Deadline in 2 days")]
)
def test_a_deadline_is_told_in_days(days, text):
    judged = judge(knowledge(said={"deadline_days": days, "lead_message_count": 1.0}))
    assert text in [reason.text for reason in judged.reasons]
