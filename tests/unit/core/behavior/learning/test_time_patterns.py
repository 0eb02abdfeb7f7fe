import pytest

from core.event import EventKind
from tests.parts.behavior_events import event, many, of_lead

VIEWED = EventKind.ITEM_VIEWED


def on(*days_ago, kind=VIEWED):
    return [event(kind, days_ago=days) for days in days_ago]


def test_recency_halves_in_a_week_and_is_given_for_a_sparse_lead():
    assert of_lead(on(7))["recency_score"] == 0.5
    assert of_lead(on(0))["recency_score"] == 1.0
    assert of_lead(on(29, 14))["recency_score"] == 0.25


def test_days_since_interest_are_those_of_the_newest_interest():
    assert of_lead([*on(9, 5, kind=EventKind.ITEM_LIKED), *on(1)])["days_since_interest"] == 5.0
    assert of_lead(on(1))["days_since_interest"] is None


def test_one_hour_concentrates_and_all_hours_do_not():
    assert of_lead(on(1, 2, 3, 4, 5))["hour_concentration"] == 1.0
    around = of_lead(on(*(1 + hour / 24 for hour in range(24))))
    assert around["hour_concentration"] == pytest.approx(0.0)


def test_the_dominant_weekday():
    """The moment is the midnight at which a Monday begins: a day ago was Sunday, two days ago Saturday."""
    found = of_lead(on(1, 8, 15, 2, 5))
    assert found["dominant_weekday"] == 6.0
    assert found["weekday_concentration"] == 0.6
    assert found["weekend_activity_ratio"] == 0.8


def test_the_trend_compares_the_last_seven_days_with_those_before():
    began, steady, stopped = on(1, 2, 3, 3.5, 20), on(*range(1, 29)), on(8, 9, 10, 20, 20.5)
    trends = [of_lead(events)["activity_trend"] for events in (stopped, steady, began)]
    assert trends[0] == -1.0 < trends[1] < trends[2] < 1.0
    assert abs(trends[1]) < 0.15
    assert of_lead(on(1, 2, 3, 4, 5))["activity_trend"] is None


def test_velocity_is_events_per_day_through_today():
    assert of_lead(on(9, 9.1, 9.2, 3, 3))["event_velocity"] == pytest.approx(5 / 11)


def test_active_days_and_their_consistency():
    even, uneven = of_lead(on(1, 2, 3, 4, 5)), of_lead(on(1, 1, 1, 1, 5))
    assert even["active_days"] == 5.0
    assert uneven["active_days"] == 2.0
    assert even["activity_consistency"] == 1.0
    assert uneven["activity_consistency"] == pytest.approx(1 / 1.6)
    assert of_lead(many(VIEWED, 5))["activity_consistency"] is None


def test_bursts_are_told_from_clockwork():
    clockwork, bursts = of_lead(on(1, 3, 5, 7, 9)), of_lead(on(1, 2, 3, 4, 5, 29))
    assert clockwork["activity_burstiness"] == -1.0
    assert bursts["activity_burstiness"] > 0.2
    assert of_lead(on(1, 1, 1, 2, 2))["activity_burstiness"] is None


@pytest.mark.parametrize(
    ("hour", "period"),
    [(0, "night"), (5, "night"), (6, "morning"), (11, "morning"), (12, "afternoon"), (18, "evening"), (23, "evening")],
)
def test_the_preferred_period_of_the_day(hour, period):
    assert of_lead(many(VIEWED, 5, days_ago=2 - hour / 24))["preferred_time_period"] == period


def test_of_several_periods_the_earliest_wins():
    events = many(VIEWED, 3, days_ago=2 - 20 / 24) + many(VIEWED, 3, days_ago=2 - 8 / 24)
    assert of_lead(events)["preferred_time_period"] == "morning"
