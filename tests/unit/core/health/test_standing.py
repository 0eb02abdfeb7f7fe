from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.health.health import LeadLevel
from core.health.standing import BOUNDS, LEVELS, MARGIN, MOST_CHANGES, advance, is_due, level_at, trend
from tests.parts.health import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
health = st.floats(0.0, 100.0)


def standing(*scores: float, every: timedelta = HOUR):
    """Return where a lead stands after readings one after another."""
    found = None
    for at, score in enumerate(scores):
        found = advance(found, score, NOW + at * every)
    return found


@pytest.mark.parametrize(
    ("score", "level"),
    [(0.0, 0), (25.9, 0), (26.0, 1), (38.0, 2), (50.0, 3), (65.0, 4), (79.9, 4), (80.0, 5), (100.0, 5)],
)
def test_the_first_level_is_the_one_whose_bounds_the_health_lies_in(score, level):
    assert level_at(score, None) is LEVELS[level]


@pytest.mark.parametrize("place", range(len(BOUNDS)))
def test_a_level_is_left_only_beyond_the_margin(place):
    below, above, bound = LEVELS[place], LEVELS[place + 1], BOUNDS[place]
    assert level_at(bound + MARGIN - 0.01, below) is below
    assert level_at(bound + MARGIN, below) is above
    assert level_at(bound - MARGIN, above) is above
    assert level_at(bound - MARGIN - 0.01, above) is below


@given(health, st.lists(st.floats(-MARGIN, MARGIN), min_size=2, max_size=50), st.sampled_from([None, *LEVELS]))
def test_noise_within_the_margin_never_flaps(centre, noise, before):
    level, places = before, []
    for one in noise:
        level = level_at(min(100.0, max(0.0, centre + one)), level)
        places.append(LEVELS.index(level))
    steps = {(a > b) - (a < b) for a, b in pairwise(places)} - {0}
    assert len(steps) <= 1, places


@given(health, st.sampled_from(LEVELS))
def test_the_same_health_again_changes_nothing(score, before):
    once = level_at(score, before)
    assert level_at(score, once) is once


@settings(max_examples=40)
@given(st.lists(health, min_size=1, max_size=60))
def test_changes_are_those_of_the_levels(scores):
    found = standing(*scores)
    levels = [level_at(scores[0], None)]
    for score in scores[1:]:
        levels.append(level_at(score, levels[-1]))
    changes = [(a, b) for a, b in pairwise(levels) if a is not b]
    assert [(one.from_level, one.to_level) for one in reversed(found.changes)] == changes[-MOST_CHANGES:]
    assert found.level is levels[-1]


def test_a_jump_passes_every_level_at_once_and_is_one_change():
    found = standing(10.0, 95.0)
    assert [(one.from_level, one.to_level) for one in found.changes] == [
        (LeadLevel.COLD_LEAD, LeadLevel.HOT_OPPORTUNITY)
    ]
    assert found.level_time == NOW + HOUR == found.changes[0].change_time


def test_a_reading_that_is_not_newer_changes_nothing():
    found = standing(10.0, 20.0)
    assert advance(found, 99.0, found.assess_time) is found
    assert advance(found, 99.0, NOW - DAY) is found


def test_readings_are_bounded_and_the_newest_of_six_hours_stays():
    found = standing(*map(float, range(24 * 30 % 97)), *[50.0] * 24 * 30)
    assert len(found.readings) <= 14 * 4 + 1
    assert found.readings[0].read_time > found.assess_time - timedelta(days=14)
    assert found.readings[-1] == (found.assess_time, 50.0)
    assert len(standing(1.0, 2.0, 3.0, every=timedelta(minutes=10)).readings) == 1


def test_the_trend_is_the_slope_in_points_a_week():
    rising = standing(*(30.0 + 2.0 * day for day in range(10)), every=DAY)
    assert trend(rising) == pytest.approx(14.0)
    assert trend(standing(*[40.0] * 10, every=DAY)) == pytest.approx(0.0)


def test_less_than_two_days_are_no_trend():
    assert trend(standing(1.0)) is None
    assert trend(standing(1.0, 50.0, every=timedelta(days=1, hours=23))) is None
    assert trend(standing(1.0, 50.0, every=timedelta(days=2))) == pytest.approx(49.0 * 3.5)


@settings(max_examples=40)
@given(st.lists(health, min_size=4, max_size=12), health, health)
def test_a_better_last_reading_never_lowers_the_trend(scores, one, other):
    lower, higher = (trend(standing(*scores, last, every=DAY)) for last in sorted((one, other)))
    assert higher >= lower - 1e-9


def test_a_standing_is_stored_at_first_at_a_change_and_hourly():
    before = standing(40.0)
    assert is_due(None, before)
    assert not is_due(before, advance(before, 41.0, NOW + HOUR / 2))
    assert is_due(before, advance(before, 41.0, NOW + HOUR))
    assert is_due(before, advance(before, 90.0, NOW + HOUR / 60))
