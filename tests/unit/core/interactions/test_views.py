import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.event import EventKind
from tests.parts.behavior_events import event, histories, many, of_pair

VIEWED = EventKind.ITEM_VIEWED


def test_views_in_one_session_are_one_unique_view():
    events = [event(VIEWED, session_id=name) for name in "aaabbc"]
    found = of_pair([*events, event(EventKind.ITEM_LIKED, session_id="d")])
    assert found["total_views"] == 6.0
    assert found["unique_views"] == 3.0


def test_views_without_a_session_count_by_the_day():
    assert of_pair([event(VIEWED, days_ago=days) for days in (1, 1, 0.5, 3)])["unique_views"] == 2.0
    mixed = [event(VIEWED, days_ago=1, session_id="a"), event(VIEWED, days_ago=3)]
    assert of_pair(mixed)["unique_views"] == 2.0


@given(histories())
@settings(max_examples=30, deadline=None)
def test_there_are_no_more_unique_views_than_views(events):
    found = of_pair(events)
    assert found["unique_views"] <= found["total_views"]


def test_durations_are_of_views_that_have_one():
    events = [event(VIEWED, duration_ms=30_000), event(VIEWED, duration_ms=61_000), event(VIEWED)]
    assert of_pair(events)["view_duration_avg"] == 45.5
    assert of_pair([event(VIEWED)])["view_duration_avg"] is None


def test_frequency_is_per_day_since_the_first_view_of_at_least_a_day():
    assert of_pair(many(VIEWED, 3, days_ago=6))["view_frequency"] == 0.5
    assert of_pair(many(VIEWED, 3, days_ago=0.1))["view_frequency"] == 3.0
    assert of_pair([event(EventKind.ITEM_LIKED)])["view_frequency"] is None


def test_the_engagement_score_is_50_at_ten_points():
    assert of_pair(many(EventKind.BOOKING_REQUESTED, 2))["engagement_score"] == 50.0
    assert of_pair([event(VIEWED, duration_ms=9 * 60_000)])["engagement_score"] == 50.0


def test_dislikes_are_no_engagement_with_the_item():
    opinions = [event(EventKind.ITEM_DISLIKED), event(EventKind.ITEM_SWIPED, positive=False)]
    assert of_pair(opinions)["engagement_score"] == 0.0
    liked = of_pair([event(EventKind.ITEM_SWIPED, positive=True)])
    assert liked["engagement_score"] == of_pair([event(EventKind.ITEM_LIKED)])["engagement_score"] > 0.0


@given(histories(max_size=10), st.sampled_from(EventKind))
@settings(max_examples=60, deadline=None)
def test_engagement_never_falls_with_another_event(events, kind):
    before = of_pair(events)["engagement_score"]
    assert of_pair([*events, event(kind, days_ago=0, duration_ms=5)])["engagement_score"] >= before


def test_many_views_of_a_huge_duration_stay_within_100():
    assert of_pair(many(VIEWED, 3, duration_ms=10**12))["engagement_score"] == pytest.approx(100.0)
