"""Days as people name them, turned into dates."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, timedelta

WEEKDAYS: Mapping[str, int] = {
    name: day
    for day, names in enumerate(
        (
            ("monday", "mon"),
            ("tuesday", "tues", "tue"),
            ("wednesday", "weds", "wed"),
            ("thursday", "thurs", "thur", "thu"),
            ("friday", "fri"),
            ("saturday", "sat"),
            ("sunday", "sun"),
        )
    )
    for name in names
}
MONTHS: Mapping[str, int] = {
    **{name.lower(): month for month, name in enumerate(calendar.month_name) if name},
    **{name.lower(): month for month, name in enumerate(calendar.month_abbr) if name},
    "sept": 9,
}
_DAYS_IN_WEEK = 7
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6
_YEARS = range(1970, 2100)


def day_of(year: int, month: int, day: int) -> date | None:
    """Return a day, None if there is none such or it is before 1970 or after 2099."""
    if year not in _YEARS or not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:  # noqa: PLR2004
        return None
    return date(year, month, day)


def moved(today: date, days: int) -> date | None:
    """Return the day so many days later, None where the calendar ends."""
    try:
        found = today + timedelta(days=days)
    except OverflowError:
        return None
    return found if found.year in _YEARS else None


def months_later(today: date, count: int) -> date | None:
    """Return the same day so many months later, or the last of a shorter month."""
    index = today.year * 12 + today.month - 1 + count
    year, month = divmod(index, 12)
    if year not in _YEARS:
        return None
    return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def weekday_from(today: date, weekday: int, which: str) -> date | None:
    """Return the day that a weekday means.

    Args:
        today: The day it is said.
        weekday: 0 Monday to 6 Sunday.
        which: "this" (today counts), "next" (in the week after, which starts on Monday), "last", or nothing: the first
            one after today.
    """
    ahead = (weekday - today.weekday()) % _DAYS_IN_WEEK
    if which == "last":
        return moved(today, ahead - _DAYS_IN_WEEK)
    if which == "next":
        return moved(today, _DAYS_IN_WEEK - today.weekday() + weekday)
    return moved(today, ahead if ahead or which == "this" else _DAYS_IN_WEEK)


def next_year_day(today: date, month: int, day: int) -> date | None:
    """Return the first such day of a year that is not before today."""
    for year in range(today.year, today.year + 5):
        found = day_of(year, month, day)
        if found is not None and found >= today:
            return found
    return None


def next_month_day(today: date, day: int) -> date | None:
    """Return the first such day of a month that is not before today."""
    first = today.replace(day=1)
    for count in range(3):
        month = months_later(first, count)
        found = None if month is None else day_of(month.year, month.month, day)
        if found is not None and found >= today:
            return found
    return None


def part_of_month(first: date, part: str) -> tuple[date, date]:
    """Return the first and last day of "early", "mid", "end" of the month that starts at ``first``, or of all of it."""
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    if part in {"early", "start", "beginning"}:
        return first, first.replace(day=10)
    if part in {"mid", "middle"}:
        return first.replace(day=11), first.replace(day=20)
    if part in {"late", "end"}:
        return (last if part == "end" else first.replace(day=21)), last
    return first, last


def period_from(today: date, unit: str, which: str) -> tuple[date, date] | None:
    """Return the first and last day of this, the next or the last week, weekend, month, quarter or year."""
    step = {"next": 1, "last": -1, "previous": -1}.get(which, 0)
    if unit in {"week", "weekend"}:
        monday = moved(today, step * _DAYS_IN_WEEK - today.weekday())
        if monday is None:
            return None
        start = monday + timedelta(days=_SATURDAY) if unit == "weekend" else monday
        return start, monday + timedelta(days=_SUNDAY)
    if unit == "month":
        first = months_later(today.replace(day=1), step)
        return None if first is None else part_of_month(first, "")
    if unit == "quarter":
        first = months_later(today.replace(day=1, month=today.month - (today.month - 1) % 3), 3 * step)
        last = None if first is None else months_later(first, 2)
        return None if first is None or last is None else (first, part_of_month(last, "")[1])
    new_year = day_of(today.year + step, 1, 1)
    return None if new_year is None else (new_year, new_year.replace(month=12, day=31))
