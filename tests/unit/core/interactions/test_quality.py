import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.event import EventKind
from tests.parts.behavior_events import event, histories, many, of_pair

K = EventKind
WANTING = (
    K.ITEM_VIEWED,
    K.ITEM_LIKED,
    K.ITEM_SAVED,
    K.ITEM_SHARED,
    K.ITEM_COMPARED,
    K.ITEM_ADDED_TO_CART,
    K.ITEM_PURCHASED,
    K.INQUIRY_SENT,
    K.VIEWING_SCHEDULED,
    K.VIEWING_COMPLETED,
    K.BOOKING_REQUESTED,
    K.BOOKING_COMPLETED,
)
SCORES = ("intent_score", "loyalty_indicator", "recommendation_score")


@pytest.mark.parametrize("kind", WANTING)
@given(events=histories(max_size=8))
@settings(max_examples=10, deadline=None)
def test_no_score_falls_when_the_lead_wants_more(kind, events):
    before, after = of_pair(events), of_pair([*events, event(kind, days_ago=0)])
    for name in SCORES:
        assert after[name] >= before[name]


@given(histories(max_size=8), st.floats(0, 400))
@settings(max_examples=40, deadline=None)
def test_intent_falls_with_time(events, later_days):
    now, later = of_pair(events), of_pair(events, 1_772_409_600_000_000 + round(later_days * 86_400_000_000))
    assert later["intent_score"] <= now["intent_score"]


def test_intent_is_a_half_after_an_inquiry_and_halves_in_a_month():
    assert of_pair([event(K.INQUIRY_SENT, days_ago=0)])["intent_score"] == 0.5
    assert of_pair([event(K.INQUIRY_SENT, days_ago=30)])["intent_score"] == 0.25


@pytest.mark.parametrize(
    ("done", "undone"),
    [
        (K.ITEM_SAVED, K.ITEM_UNSAVED),
        (K.ITEM_ADDED_TO_CART, K.ITEM_REMOVED_FROM_CART),
        (K.VIEWING_SCHEDULED, K.VIEWING_CANCELLED),
    ],
)
def test_what_is_taken_back_leaves_no_intent(done, undone):
    assert of_pair([event(done)])["intent_score"] > 0.0
    assert of_pair([event(done), event(undone)])["intent_score"] == 0.0
    assert of_pair([event(done), *many(undone, 3), event(K.INQUIRY_SENT, days_ago=0)])["intent_score"] == 0.5


def test_quality_rises_with_the_stage():
    kinds = (K.OUTCOME_RECORDED, K.ITEM_VIEWED, K.ITEM_SAVED, K.INQUIRY_SENT, K.VIEWING_SCHEDULED, K.ITEM_PURCHASED)
    scores = [of_pair([event(kind)])["interaction_quality_score"] for kind in kinds]
    assert scores == pytest.approx([0.0, 8.0, 16.0, 24.0, 32.0, 40.0])
    liked = of_pair([event(K.ITEM_SWIPED, positive=True)])
    assert liked["interaction_quality_score"] == pytest.approx(16.0)


def test_quality_rises_with_the_duration_and_with_visits():
    view = {"duration_ms": 30_000}
    once, twice = [event(K.ITEM_VIEWED, **view)], [event(K.ITEM_VIEWED, days_ago=day, **view) for day in (1, 2)]
    assert of_pair(once)["interaction_quality_score"] == pytest.approx(8.0 + 20.0)
    assert of_pair(twice)["interaction_quality_score"] == pytest.approx(8.0 + 20.0 + 10.0)


def test_loyalty_is_a_half_after_one_repeat_purchase():
    assert of_pair(many(K.ITEM_PURCHASED, 2))["loyalty_indicator"] == 0.5
    assert of_pair(many(K.ITEM_PURCHASED, 1))["loyalty_indicator"] == 0.0
    five_days = [event(K.ITEM_VIEWED, days_ago=day) for day in range(1, 6)]
    assert of_pair(five_days)["loyalty_indicator"] == 0.5


def test_dislikes_lower_the_recommendation():
    events = [event(K.ITEM_VIEWED, days_ago=0), event(K.INQUIRY_SENT, days_ago=0)]
    liked, known, disliked, worse = (
        of_pair([*events, *more])["recommendation_score"]
        for more in (
            [event(K.ITEM_LIKED, days_ago=0)],
            [],
            [event(K.ITEM_DISLIKED, days_ago=0)],
            [event(K.ITEM_DISLIKED, days_ago=0), event(K.ITEM_SWIPED, days_ago=0, positive=False)],
        )
    )
    assert liked > known > disliked > worse > 0.0
    assert disliked == pytest.approx(known / 2)
