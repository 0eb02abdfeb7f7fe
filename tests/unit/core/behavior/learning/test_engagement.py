import pytest

from core.behavior.plan import build_lead_plan
from core.behavior.settings import LeadBehaviorSettings
from core.behavior.weights import EngagementWeights
from core.event import EventKind
from tests.parts.behavior_events import event, many, of_lead, values

K = EventKind


def test_the_engagement_score_is_a_half_at_twenty_points_and_rises():
    scores = [
        of_lead(many(K.VIEWING_SCHEDULED, count) + many(K.AGENT_CONTACTED, 5))["engagement_score"]
        for count in (0, 2, 4, 400)
    ]
    assert scores[2] == 0.5
    assert 0.0 == scores[0] < scores[1] < scores[2] < scores[3] < 1.0


def test_engagement_depth_is_the_mean_weight_of_five():
    assert of_lead(many(K.VIEWING_SCHEDULED, 5))["engagement_depth"] == 1.0
    assert of_lead(many(K.ITEM_VIEWED, 5))["engagement_depth"] == pytest.approx(0.2)


def test_an_operators_weights_count():
    plan = build_lead_plan(LeadBehaviorSettings(weights=EngagementWeights(view=4.0)))
    assert values(plan, many(K.ITEM_VIEWED, 5))["engagement_score"] == 0.5


def test_views_without_a_duration_do_not_count_for_durations():
    events = [*many(K.ITEM_VIEWED, 3, duration_ms=30_000), event(K.ITEM_VIEWED, duration_ms=90_000)]
    found = of_lead([*events, *many(K.ITEM_VIEWED, 4), event(K.SESSION_ENDED, duration_ms=10**8)])
    assert found["avg_view_duration_seconds"] == 45.0
    assert found["view_duration_total_minutes"] == 3.0
    assert of_lead(many(K.ITEM_VIEWED, 5))["avg_view_duration_seconds"] is None


def test_swipes_are_likes_or_dislikes():
    events = [
        *many(K.ITEM_LIKED, 2),
        *many(K.ITEM_SWIPED, 1, positive=True),
        *many(K.ITEM_DISLIKED, 1),
        *many(K.ITEM_SWIPED, 1, positive=False),
        *many(K.ITEM_SWIPED, 4),
    ]
    assert of_lead(events)["like_ratio"] == 0.6
    assert of_lead(many(K.ITEM_VIEWED, 5))["like_ratio"] is None


@pytest.mark.parametrize(
    ("name", "part", "whole"),
    [
        ("save_rate", K.ITEM_SAVED, K.ITEM_VIEWED),
        ("share_rate", K.ITEM_SHARED, K.ITEM_VIEWED),
        ("inquiry_rate", K.INQUIRY_SENT, K.ITEM_VIEWED),
        ("viewing_completion_rate", K.VIEWING_COMPLETED, K.VIEWING_SCHEDULED),
        ("booking_completion_rate", K.BOOKING_COMPLETED, K.BOOKING_REQUESTED),
        ("cancellation_rate", K.VIEWING_CANCELLED, K.VIEWING_SCHEDULED),
    ],
)
def test_rates_are_one_count_over_another_at_most_1(name, part, whole):
    assert of_lead(many(part, 1) + many(whole, 4))[name] == 0.25
    assert of_lead(many(part, 5) + many(whole, 4))[name] == 1.0
    assert of_lead(many(whole, 5))[name] == 0.0
    assert of_lead(many(part, 5))[name] is None


def test_who_returns_to_the_same_items_explores_less():
    new = of_lead([event(K.ITEM_VIEWED, item_id=f"i{number}") for number in range(6)])
    same = of_lead(many(K.ITEM_VIEWED, 6))
    assert new["exploration_ratio"] == 1.0
    assert same["exploration_ratio"] == pytest.approx(1 / 6)


def test_commitments_tip_the_balance_from_exploring():
    looking = many(K.ITEM_VIEWED, 4) + many(K.SEARCH_PERFORMED, 2)
    assert of_lead(looking)["exploration_exploitation_balance"] == 1.0
    assert of_lead(looking + many(K.ITEM_SAVED, 2))["exploration_exploitation_balance"] == 0.5
    assert of_lead(many(K.ITEM_PURCHASED, 5))["exploration_exploitation_balance"] == -1.0


def test_kinds_are_diverse_when_they_are_mixed():
    assert of_lead(many(K.ITEM_VIEWED, 6))["event_kind_diversity"] == 0.0
    mixed = many(K.ITEM_VIEWED, 3) + many(K.ITEM_SAVED, 3)
    assert of_lead(mixed)["event_kind_diversity"] == pytest.approx(1.0)


def test_taking_back_lowers_the_confidence_of_decisions():
    sure = of_lead(many(K.ITEM_SAVED, 6))["decision_confidence"]
    unsure = of_lead(many(K.ITEM_SAVED, 6) + many(K.ITEM_UNSAVED, 3))["decision_confidence"]
    assert sure == 7 / 8
    assert unsure == 7 / 11
    assert of_lead(many(K.ITEM_VIEWED, 6))["decision_confidence"] is None


def test_searches_are_refined():
    searches = many(K.SEARCH_PERFORMED, 4) + many(K.SEARCH_REFINED, 3) + many(K.FILTER_APPLIED, 1)
    found = of_lead(searches)
    assert found["search_count"] == 4.0
    assert found["search_refinement_rate"] == 0.5


def test_the_primary_kind_is_the_most_frequent_and_the_first_of_several():
    assert of_lead(many(K.ITEM_VIEWED, 3) + many(K.ITEM_SAVED, 2))["primary_event_type"] == "item_viewed"
    assert of_lead(many(K.ITEM_VIEWED, 3) + many(K.ITEM_SAVED, 3))["primary_event_type"] == "item_saved"
