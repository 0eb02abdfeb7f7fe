"""Time: how recent, how periodic and how rising a lead's activity of the last 30 days is."""

from __future__ import annotations

from bisect import bisect_right
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from core.behavior.actions import INTEREST_KINDS
from core.behavior.learning.lookback import events_of, learned, recent
from core.behavior.measures import balance, evenness, most_frequent, once, steadiness, top_share
from core.features.streams.aggregate import Aggregate, Function, Unit
from core.features.streams.declaration import Reading, StreamFeature, Value, ValueType
from core.features.streams.window import DAY_US

FAMILY = "time"
RECENT_DAYS = 7
"""Days of the trend's newer part, today's included."""
RECENCY_HALF_LIFE_DAYS = 7.0
_WEEK = 7
_WEEKEND = (5, 6)
_HOURS = 24
_FEWEST_DAYS_FOR_RHYTHM = 3
PERIODS = ("night", "morning", "afternoon", "evening")
"""Of the day (UTC), six hours each from midnight on; the first of several wins."""
_HOURS_OF_PERIOD = 6
_feature = partial(learned, FAMILY)
_share = partial(learned, FAMILY, unit="share")


class _Days(NamedTuple):
    """Activity by day: numbers of the days with events, ascending, and how many there were on each."""

    days: list[int]
    counts: list[int]
    today: int


def time_patterns() -> tuple[tuple[Aggregate, ...], tuple[StreamFeature, ...]]:
    """Return the aggregates and the features of the family."""
    aggregates = (
        recent("days", Function.STEPS),
        recent("hours", Function.HISTOGRAM, field=Unit.HOUR),
        recent("last_interest_us", Function.MAX, field=Unit.OCCURRED, kinds=INTEREST_KINDS),
    )
    return aggregates, (*_recency(), *_periodicity(), *_trend(), *_pattern())


def _recency() -> tuple[StreamFeature, ...]:
    return (
        _share(
            "recency_score",
            f"2 ** (-d / {RECENCY_HALF_LIFE_DAYS:g}) of d, the days since the newest event; 0 to 1 (just now).",
            lambda reading: 2.0 ** -((reading.moment_us - reading["last_us"]) / (DAY_US * RECENCY_HALF_LIFE_DAYS)),
            given_when_sparse=True,
            default=0.0,
        ),
        _feature(
            "days_since_interest",
            "Days since the newest event that shows interest; 0 to 31.",
            _days_since_interest,
            given_when_sparse=True,
            unit="days",
        ),
    )


def _periodicity() -> tuple[StreamFeature, ...]:
    return (
        _share(
            "hour_concentration",
            "1 - entropy of the hours of the day over ln 24; 0 (around the clock) to 1 (one hour).",
            lambda reading: 1.0 - (evenness(reading["hours_30d"].values(), _HOURS) or 0.0),
        ),
        _feature(
            "dominant_weekday",
            "Day of the week (UTC) with most events, the earliest of several; 0 (Monday) to 6 (Sunday).",
            lambda reading: float(most_frequent(_weekdays(reading))),
            unit="weekday",
        ),
        _share(
            "weekday_concentration",
            "Share of events on the dominant day of the week; above 0 to 1.",
            lambda reading: top_share(_weekdays(reading).values()),
        ),
        _share(
            "weekend_activity_ratio",
            "Share of events on Saturdays and Sundays (UTC); 0 to 1.",
            lambda reading: sum(_weekdays(reading).get(day, 0) for day in _WEEKEND) / events_of(reading),
        ),
    )


def _trend() -> tuple[StreamFeature, ...]:
    return (
        _feature(
            "activity_trend",
            f"(n - o) / (n + o) of the events per day in the last {RECENT_DAYS} days n and in the days before o; "
            "-1 (stopped) to 1 (began).",
            _activity_trend,
            unit="number",
        ),
        _feature(
            "event_velocity",
            "Events per day from the first day with events through today; above 0.",
            _velocity,
            unit="per_day",
        ),
    )


def _pattern() -> tuple[StreamFeature, ...]:
    return (
        _feature(
            "active_days",
            "Days (UTC) with an event; 0 to 31.",
            lambda reading: float(len(_days(reading).days)),
            given_when_sparse=True,
            default=0.0,
        ),
        _share(
            "activity_consistency",
            "1 / (1 + coefficient of variation) of the events on active days, of two such days or more; above 0 to 1 "
            "(alike).",
            lambda reading: steadiness(_days(reading).counts),
        ),
        _feature(
            "activity_burstiness",
            "(s - m) / (s + m) of the deviation s and the mean m of the days between active days, of three such days "
            "or more (Goh & Barabasi 2008); -1 (like clockwork) to 1 (in bursts).",
            _burstiness,
            unit="number",
        ),
        _feature(
            "preferred_time_period",
            "Period of the day (UTC) with most events, the earliest of several; night (0-5), morning (6-11), afternoon "
            "(12-17) or evening (18-23).",
            _period,
            unit="category",
            value_type=ValueType.CATEGORY,
        ),
    )


@once
def _days(reading: Reading) -> _Days:
    held = reading["days_30d"]
    days = sorted(held)
    return _Days(days, [held[day] for day in days], reading.moment_us // DAY_US)


@once
def _weekdays(reading: Reading) -> dict[int, int]:
    """Return the events by day of the week; the first of January 1970 was a Thursday."""
    found: dict[int, int] = {}
    for day, count in reading["days_30d"].items():
        weekday = (day + 3) % _WEEK
        found[weekday] = found.get(weekday, 0) + count
    return found


def _days_since_interest(reading: Reading) -> Value:
    last_us = reading["last_interest_us_30d"]
    return None if last_us is None else (reading.moment_us - last_us) / DAY_US


def _activity_trend(reading: Reading) -> Value:
    held = _days(reading)
    border = held.today - RECENT_DAYS
    newer = sum(held.counts[bisect_right(held.days, border) :])
    older_days = border - held.days[0] + 1
    if older_days <= 0:
        return None
    return balance(newer / RECENT_DAYS, (sum(held.counts) - newer) / older_days)


def _velocity(reading: Reading) -> Value:
    held = _days(reading)
    return sum(held.counts) / (held.today - held.days[0] + 1)


def _burstiness(reading: Reading) -> Value:
    days = _days(reading).days
    if len(days) < _FEWEST_DAYS_FOR_RHYTHM:
        return None
    steady = steadiness([later - earlier for earlier, later in pairwise(days)])
    # With v the coefficient of variation: (v - 1) / (v + 1), where the steadiness is 1 / (1 + v).
    return None if steady is None else 1.0 - 2.0 * steady


def _period(reading: Reading) -> Value:
    counts = [0] * len(PERIODS)
    for hour, count in reading["hours_30d"].items():
        counts[hour // _HOURS_OF_PERIOD] += count
    return PERIODS[counts.index(max(counts))]
