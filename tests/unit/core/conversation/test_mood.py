from __future__ import annotations

from datetime import timedelta

import pytest

from core.conversation.kinds import Intent, Sentiment
from core.conversation.mood import HALF_LIFE_MESSAGES, HALF_LIFE_TIME, Mood
from tests.parts.spoken import feelings


def after(*reads, gap=None):
    mood = Mood()
    for read in reads:
        mood = mood.after(read, gap)
    return mood


def test_without_a_message_nobody_knows_the_feeling():
    assert Mood().sentiment is None


def test_newer_feelings_weigh_more():
    angry = after(feelings(sentiment=0.8), feelings(sentiment=-0.8), feelings(sentiment=-0.8))
    assert angry.sentiment.sentiment is Sentiment.NEGATIVE
    assert after(*[feelings(sentiment=-0.8)] * 2, feelings(sentiment=0.8)).sentiment.score > angry.sentiment.score


def test_a_feeling_counts_half_after_a_half_life_of_messages():
    one = after(feelings(sentiment=1.0), *[feelings()] * HALF_LIFE_MESSAGES)
    weights = [0.5 ** (at / HALF_LIFE_MESSAGES) for at in range(HALF_LIFE_MESSAGES + 1)]
    assert one.sentiment.positive == pytest.approx(weights[-1] / sum(weights))
    assert weights[-1] == pytest.approx(0.5)


def test_time_lets_feelings_fade_too():
    long_ago = after(feelings(sentiment=1.0)).after(feelings(), 3 * HALF_LIFE_TIME)
    just_now = after(feelings(sentiment=1.0)).after(feelings(), timedelta(minutes=1))
    assert long_ago.sentiment.positive < just_now.sentiment.positive / 2


def test_probabilities_sum_to_1():
    sentiment = after(feelings(sentiment=0.3), feelings(sentiment=-0.9)).sentiment
    assert sentiment.negative + sentiment.neutral + sentiment.positive == pytest.approx(1.0)


def test_only_intents_that_were_present_are_told():
    mood = after(feelings(intents={Intent.VIEWING: 0.7, Intent.PRICE: 0.4}), feelings(intents={Intent.BUYING: 0.9}))
    assert [one.intent for one in mood.intents_read] == [Intent.BUYING, Intent.VIEWING]


def test_not_now_takes_urgency_back():
    mood = after(feelings(urgency=0.9), feelings(objections={"timing": 0.8}))
    assert not mood.urgency.is_present
    assert mood.urgency.probability == pytest.approx(0.1)
    still = after(feelings(urgency=0.9), feelings(urgency=0.7, objections={"timing": 0.8}))
    assert still.urgency.is_present


def test_objections_speak_against_buying():
    plain, objecting = feelings(), feelings(objections={"price": 0.9})
    assert after(feelings(buying=0.9), objecting).buying_intent.probability == pytest.approx(
        after(feelings(buying=0.9), plain).buying_intent.probability / 2
    )
