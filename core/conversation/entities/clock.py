"""Times of day."""

from __future__ import annotations

import re
from datetime import time

_NUMBER_WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_HOUR = "(?:[0-9]{1,2}|" + "|".join(_NUMBER_WORDS) + ")"
_HALF = r"(?: ?(?P<half>am\b|pm\b|a\.m\b\.?|p\.m\b\.?)| (?:in the |at )?(?P<part>morning|afternoon|evening|night)\b)"
TIME = (
    rf"(?:(?P<noon>noon|midday)\b|(?P<midnight>midnight)\b"
    rf"|(?P<minutes>half|a quarter|quarter|[0-9]{{1,2}}|five|ten|twenty|twenty-five) (?:minutes? )?(?P<side>past|to) "
    rf"(?P<worded>{_HOUR})(?![0-9:])(?:{_HALF.replace('half>', 'half1>').replace('part>', 'part1>')})?"
    rf"|(?<![0-9])(?P<hour>[0-9]{{1,2}})(?:[:.h]| (?=[0-9]{{2}} (?:in|am|pm|a\.|p\.)))(?P<minute>[0-5][0-9])(?![0-9])"
    rf"(?:{_HALF.replace('half>', 'half2>').replace('part>', 'part2>')})?"
    rf"|(?<![0-9])(?P<plain>{_HOUR}) ?(?:o'?clock\b(?:{_HALF.replace('half>', 'half3>').replace('part>', 'part3>')})?"
    rf"|{_HALF.replace('half>', 'half4>').replace('part>', 'part4>').replace('(?:in the |at )?', '(?:in the |at )')}))"
)
"""Pattern of a time of day that needs no "at" before it. Use once in a pattern: it has named groups."""
BARE_HOUR = rf"(?P<bare>{_HOUR})(?![0-9:.,%]|(?!ish)\w)"
"""Pattern of "5" in "at 5"."""
_AT = re.compile(r"\b(?:at|@|around|about) ")
_QUARTERS = {"half": 30, "quarter": 15, "a quarter": 15, "five": 5, "ten": 10, "twenty": 20, "twenty-five": 25}
_MORNING_STARTS = 8
"""A bare hour below it is taken as one of the afternoon: people meet then."""


def time_of(match: re.Match[str]) -> time | None:
    """Return the time that a match of TIME or BARE_HOUR means, None if there is none such as 25:00."""
    found = match.groupdict()
    if found.get("noon"):
        return time(12)
    if found.get("midnight"):
        return time(0)
    half = _half(found)
    if found.get("worded"):
        return _past_or_to(found, half, is_told=bool(half) or _AT.search(match[0]) is not None)
    if found.get("bare"):
        hour = _hour(found["bare"])
        return _on_clock(hour + 12 if 0 < hour < _MORNING_STARTS else hour, 0, "")
    return _on_clock(_hour(found["hour"] or found["plain"]), int(found["minute"] or 0), half)


def _half(found: dict[str, str | None]) -> str:
    said = next((found[key] for key in found if key.startswith(("half", "part")) and found[key]), "") or ""
    return "am" if said.startswith(("a.m", "am", "morning")) else "pm" if said else ""


def _past_or_to(found: dict[str, str | None], half: str, *, is_told: bool) -> time | None:
    said = found["minutes"] or ""
    if found["side"] == "to" and said.isdigit() and not is_told:
        return None
    minutes = _QUARTERS.get(said) or (int(said) if said.isdigit() else 0)
    hour = _hour(found["worded"] or "")
    if not minutes < 60:  # noqa: PLR2004 - minutes of an hour
        return None
    if found["side"] == "to":
        hour, minutes = (hour - 1) % 24, (60 - minutes) % 60
    return _on_clock(hour, minutes, half)


def _hour(said: str) -> int:
    return int(said) if said.isdigit() else _NUMBER_WORDS.index(said) + 1


def _on_clock(hour: int, minute: int, half: str) -> time | None:
    if half == "pm" and hour < 12:  # noqa: PLR2004 - hours of half a day
        hour += 12
    elif half == "am" and hour == 12:  # noqa: PLR2004 - 12 am is midnight
        hour = 0
    return time(hour, minute) if hour < 24 and minute < 60 else None  # noqa: PLR2004 - a day's hours, an hour's minutes
