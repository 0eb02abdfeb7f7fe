from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.actions.quiet_hours import QuietHours, is_quiet, quiet_until, zone_named
from core.errors import InvalidInput

NIGHT = QuietHours(start_minute=21 * 60, end_minute=8 * 60)
WEEKEND = QuietHours(quiet_weekdays=frozenset([6, 7]))
VIENNA = ZoneInfo("Europe/Vienna")


def at(text, zone=VIENNA):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-03-25T20:59", False),
        ("2026-03-25T21:00", True),
        ("2026-03-26T00:00", True),
        ("2026-03-26T07:59", True),
        ("2026-03-26T08:00", False),
        ("2026-03-28T12:00", True),
    ],
)
def test_a_channel_is_quiet_by_the_lead_s_own_clock(local, expected):
    assert is_quiet((NIGHT, WEEKEND), at(local)) is expected


@pytest.mark.parametrize(
    ("hours", "moment", "ends"),
    [
        ((NIGHT,), "2026-03-25T22:00", "2026-03-26T08:00"),
        ((NIGHT,), "2026-03-26T03:00", "2026-03-26T08:00"),
        # Friday night runs into the weekend, and that into Monday's early hours.
        ((NIGHT, WEEKEND), "2026-03-27T23:00", "2026-03-30T08:00"),
        # Clocks go forward in the night, and back in autumn.
        ((NIGHT,), "2026-03-28T23:30", "2026-03-29T08:00"),
        ((NIGHT,), "2026-10-24T23:30", "2026-10-25T08:00"),
        ((QuietHours(start_minute=60, end_minute=150),), "2026-03-29T01:30", "2026-03-29T03:00"),
    ],
)
def test_a_silence_ends(hours, moment, ends):
    found = quiet_until(hours, at(moment), VIENNA)
    assert found == at(ends).astimezone(UTC)
    assert not is_quiet(hours, found.astimezone(VIENNA))
    assert is_quiet(hours, (found - timedelta(seconds=1)).astimezone(VIENNA))


def test_an_hour_that_comes_twice_is_quiet_both_times():
    hours = (QuietHours(start_minute=120, end_minute=180),)
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert all(is_quiet(hours, (first + timedelta(hours=n)).astimezone(VIENNA)) for n in (0, 1))
    assert quiet_until(hours, first, VIENNA) == datetime(2026, 10, 25, 2, 0, tzinfo=UTC)


def test_a_silence_of_many_windows_ends_with_the_last():
    hours = tuple(QuietHours(start_minute=10 * n, end_minute=10 * n + 10) for n in range(99))
    assert quiet_until(hours, at("2026-03-25T00:05"), VIENNA) == at("2026-03-25T16:30").astimezone(UTC)


def test_a_silence_may_have_no_end():
    always = (QuietHours(quiet_weekdays=frozenset(range(1, 8))),)
    assert quiet_until(always, at("2026-03-25T22:00"), VIENNA) is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"start_minute": -1}, "start_minute"),
        ({"end_minute": 1_440}, "end_minute"),
        ({"quiet_weekdays": frozenset([0])}, "quiet_weekdays"),
        ({"start_minute": 5, "end_minute": 5}, "end_minute"),
        ({"channel": "x" * 65, "end_minute": 5}, "channel"),
    ],
)
def test_hours_are_built_valid_or_not_at_all(fields, field):
    with pytest.raises(InvalidInput) as raised:
        QuietHours(**fields)
    assert raised.value.violations[0].field == field


@pytest.mark.parametrize("name", ["", "Nowhere/City", "../etc/passwd", "/etc/passwd", "ö", "x" * 200, "Europe", "a\0b"])
def test_a_zone_that_does_not_exist_is_none(name):
    assert zone_named(name) is None
