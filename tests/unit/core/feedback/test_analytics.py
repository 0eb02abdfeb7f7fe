from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.feedback.analytics import ContactCount, DayCount, FeedbackCounts, analytics_window, summarise
from core.feedback.feedback import FeedbackAction, FeedbackSource
from core.feedback.rate import Rate

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
START = datetime(2026, 2, 28, tzinfo=UTC)
TODAY = date(2026, 3, 1)


def day_count(count, *, day=TODAY, action=FeedbackAction.VIEW, source=FeedbackSource.MANUAL, **sums):
    zero = {"confidence_sum": 0.0, "rating_count": 0, "rating_sum": 0.0, "value_count": 0, "value_sum": 0.0}
    return DayCount(day=day, action=action, source=source, count=count, **{**zero, **sums})


def contact_count(count, *, weekday=0, hour=9, source=FeedbackSource.MANUAL, was_successful=True):
    return ContactCount(weekday=weekday, hour=hour, source=source, was_successful=was_successful, count=count)


def counts(days=(), contacts=(), lead_count=0, converted=0):
    return FeedbackCounts(days=days, contacts=contacts, lead_count=lead_count, converted_lead_count=converted)


def test_the_window_is_whole_days_of_which_today_is_the_last():
    assert analytics_window(1, NOW) == (datetime(2026, 3, 1, tzinfo=UTC), NOW)
    assert analytics_window(2, NOW) == (START, NOW)
    assert analytics_window(0, NOW) == analytics_window(30, NOW)
    assert analytics_window(365, NOW)[0] == datetime(2025, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize("days", [-1, 366])
def test_days_out_of_range_are_refused(days):
    with pytest.raises(InvalidInput) as caught:
        analytics_window(days, NOW)
    assert caught.value.violations[0].field == "days"


def test_of_nothing_nothing_is_told_but_the_empty_days():
    found = summarise(counts(), START, NOW)
    assert (found.total_count, found.actions, found.sources, found.hours, found.weekdays) == (0, [], [], [], [])
    assert (found.average_confidence, found.average_rating, found.average_value) == (None, None, None)
    assert (found.contact_success, found.conversion, found.total_value) == (None, None, 0.0)
    assert [(row.day, row.count) for row in found.trend] == [(START, 0), (START + timedelta(days=1), 0)]


def test_means_are_over_what_says_something():
    days = [
        day_count(3, confidence_sum=1.5, rating_count=1, rating_sum=80.0),
        day_count(
            1,
            action=FeedbackAction.CONVERT,
            source=FeedbackSource.INTEGRATION,
            day=START.date(),
            confidence_sum=0.5,
            value_count=1,
            value_sum=9.5,
        ),
    ]
    found = summarise(counts(days, lead_count=2, converted=1), START, NOW)
    assert (found.total_count, found.average_confidence, found.average_rating) == (4, 0.5, 80.0)
    assert (found.total_value, found.average_value) == (9.5, 9.5)
    assert [(row.action, row.share) for row in found.actions] == [
        (FeedbackAction.VIEW, 0.75),
        (FeedbackAction.CONVERT, 0.25),
    ]
    assert [(row.source, row.share, row.contact_success) for row in found.sources] == [
        (FeedbackSource.MANUAL, 0.75, None),
        (FeedbackSource.INTEGRATION, 0.25, None),
    ]
    assert [(row.count, row.conversion_count, row.value) for row in found.trend] == [(1, 1, 9.5), (3, 0, 0.0)]
    assert (found.conversion.successes, found.conversion.total) == (1, 2)


def test_contacts_are_told_by_hour_weekday_and_source():
    contacts = [
        contact_count(3, weekday=0, hour=9),
        contact_count(1, weekday=0, hour=9, was_successful=False),
        contact_count(2, weekday=6, hour=9, was_successful=False),
        contact_count(4, weekday=6, hour=23, source=FeedbackSource.IMPLICIT),
    ]
    days = [day_count(6), day_count(4, source=FeedbackSource.IMPLICIT)]
    found = summarise(counts(days, contacts), START, NOW)
    assert (found.contact_success.successes, found.contact_success.total) == (7, 10)
    assert [(slot, rate.successes, rate.total) for slot, rate in found.hours] == [(9, 3, 6), (23, 4, 4)]
    assert [(slot, rate.successes, rate.total) for slot, rate in found.weekdays] == [(0, 3, 4), (6, 4, 6)]
    assert [row.contact_success.rate for row in found.sources] == [0.5, 1.0]


def test_of_none_there_is_no_rate():
    assert Rate.of(0, 0) is None


@pytest.mark.parametrize(
    ("successes", "total", "lower", "upper"),
    # Newcombe 1998, table I, method 3, to four decimals.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_wilsons(successes, total, lower, upper):
    rate = Rate.of(successes, total)
    assert (rate.lower, rate.upper) == (pytest.approx(lower, abs=5e-5), pytest.approx(upper, abs=5e-5))


@given(st.integers(1, 10**9).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_a_rate_lies_within_its_interval(pair):
    rate = Rate.of(*pair)
    assert 0.0 <= rate.lower <= rate.rate <= rate.upper <= 1.0


rows = st.lists(
    st.builds(
        day_count,
        st.integers(1, 1_000),
        day=st.sampled_from([START.date(), TODAY]),
        action=st.sampled_from(FeedbackAction),
        source=st.sampled_from(FeedbackSource),
        value_sum=st.floats(0, 1e18),
    ),
    max_size=30,
)


@given(rows)
def test_parts_add_up_to_the_whole(days):
    found = summarise(counts(days), START, NOW)
    assert sum(row.count for row in found.actions) == sum(row.count for row in found.sources) == found.total_count
    assert sum(row.count for row in found.trend) == found.total_count
    if days:
        assert sum(row.share for row in found.actions) == pytest.approx(1.0)
        assert sum(row.value for row in found.trend) == pytest.approx(found.total_value)
