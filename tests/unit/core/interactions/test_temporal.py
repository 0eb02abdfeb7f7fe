import pytest

from core.event import EventKind
from core.features.streams.window import DAY_US
from tests.parts.behavior_events import MONDAY_US, event, of_pair

VIEWED = EventKind.ITEM_VIEWED


def on(*days_ago):
    return of_pair([event(VIEWED, days_ago=days) for days in days_ago])


def test_dates_are_those_of_views_alone():
    found = of_pair([event(VIEWED, days_ago=9), event(VIEWED, days_ago=4), event(EventKind.ITEM_LIKED, days_ago=1)])
    assert found["first_view_date"] == float(MONDAY_US - 9 * DAY_US)
    assert found["last_view_date"] == float(MONDAY_US - 4 * DAY_US)
    assert found["view_recency"] == 4.0


def test_recency_is_in_whole_days():
    assert on(1.99)["view_recency"] == 1.0
    assert on(0)["view_recency"] == 0.0


def test_consistency_is_the_share_of_days_with_a_view():
    assert on(1, 2, 3)["view_consistency"] == 1.0
    assert on(1, 1, 4)["view_consistency"] == 0.5
    assert on(1, 1)["view_consistency"] is None


def test_views_all_year_have_no_season_and_those_of_one_month_have():
    all_year = on(*(15 + month * 30.4 for month in range(12)))
    assert all_year["seasonal_view_pattern"] == pytest.approx(0.0, abs=1e-9)
    assert on(2, 3, 367)["seasonal_view_pattern"] == 1.0
    assert 0.0 < on(2, 40)["seasonal_view_pattern"] < 1.0
    assert on(2)["seasonal_view_pattern"] is None


def test_without_a_view_no_time_is_known():
    found = of_pair([event(EventKind.ITEM_LIKED)])
    names = ("first_view_date", "last_view_date", "view_recency", "view_consistency", "seasonal_view_pattern")
    assert [found[name] for name in names] == [None] * 5
