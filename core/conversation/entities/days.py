"""Dates and deadlines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

from core.conversation.entities import day_phrases
from core.conversation.entities.clock import BARE_HOUR, TIME, time_of
from core.conversation.entities.entity import MOST_MATCHES, Entity, EntityKind

_TIME = re.compile(rf"(?:\b(?:at|@) ?)?\b{TIME}")
_AT_HOUR = re.compile(
    rf"\b(?:at|@|by|after|before|until|till|from|around) {BARE_HOUR}(?:ish\b)?"
    r"(?= ?(?:$|[.,;!?]|(?:please|on|tomorrow|today|or|and|in|if|sharp|thanks)\b))"
)
_HAS_TIME = re.compile(
    r"[0-9][:.h][0-9]|[ap]\.?m\b| past | to |o'?clock|noon|midnight|morning|evening|night|"
    r"\b(?:at|@|by|after|before|until|till|from|around) "
)
"""Without a match there is no time of day in a text."""
_TIME_AFTER = re.compile(rf",? ?(?:at |@ ?|around |about )?{TIME}")
_BARE_AFTER = re.compile(rf",? at {BARE_HOUR}")
_DUE = re.compile(
    r"\b(?P<strict>before|prior to|ahead of)(?: the)? ?$|\b(?:by|no later than|not later than|at the latest|latest|"
    r"deadline"
    r"(?: is| of|:)?|due(?: on| by| in)?|needs? (?:it|this|them) (?:on|for)|have until|has until|only until|"
    r"(?:ends?|expires?|runs? out|(?:is|are|'s) up|closing|moving|completion)(?: is)?(?: on| in| at)?)(?: the)? ?$"
)
_WITHIN = re.compile(r"within|over the next|in under|in the next")
_REACH = 30
"""Code points before a day in which a word may make it a deadline."""
_LAST_SECOND = time(23, 59, 59)


def find_days(text: str, moment: datetime | None) -> Iterator[Entity]:
    """Yield days, times and deadlines of a folded text.

    Args:
        text: The folded text.
        moment: When it was said; None: days that depend on it get no time.
    """
    if day_phrases.HAS_ANY.search(text) is None:
        return
    said = None if moment is None else moment.replace(tzinfo=UTC)
    end = 0
    for match in islice(day_phrases.PHRASES.finditer(text), MOST_MATCHES):
        if match.start() < end or not day_phrases.is_day(text, match):
            continue
        found = _day(text, match, said)
        if found is not None:
            end = found.end
            yield found
    yield from _times(text, said)


def _day(text: str, match: re.Match[str], said: datetime | None) -> Entity | None:
    clock_match = _TIME_AFTER.match(text, match.end()) or _BARE_AFTER.match(text, match.end())
    clock = None if clock_match is None else time_of(clock_match)
    end = match.end() if clock_match is None or clock is None else clock_match.end()
    if text[end - 1] == ".":
        end -= 1
    due = _DUE.search(text[max(0, match.start() - _REACH) : match.start()])
    is_due = due is not None or _WITHIN.match(match[0]) is not None
    kind = EntityKind.DEADLINE if is_due else EntityKind.DATE
    start = match.start() + (len(match[0]) - len(match[0].lstrip()))
    if said is None and day_phrases.is_relative(match):
        return Entity(kind=kind, start=start, end=end, normalized_text=text[start:end].rstrip("."))
    days = day_phrases.days_of(match, date(1970, 1, 1) if said is None else said.date())
    if days is None:
        return None
    if day_phrases.is_short_wait(match) and said is not None:
        when = said + timedelta(hours=_hours(match))
        written = when.isoformat(timespec="minutes").removesuffix("+00:00")
    else:
        when = _moment(days, clock, is_due=is_due, is_before=due is not None and due["strict"] is not None)
        written = _written(days, clock)
    return Entity(kind=kind, start=start, end=end, normalized_text=written, time=when)


def _moment(days: tuple[date, date], clock: time | None, *, is_due: bool, is_before: bool) -> datetime:
    if clock is not None:
        return datetime.combine(days[0], clock, UTC)
    if is_due and is_before:
        return datetime.combine(days[0], time(0), UTC) - timedelta(seconds=1)
    return datetime.combine(days[1], _LAST_SECOND, UTC) if is_due else datetime.combine(days[0], time(0), UTC)


def _written(days: tuple[date, date], clock: time | None) -> str:
    if clock is not None:
        return f"{days[0].isoformat()}T{clock.isoformat('minutes')}"
    return days[0].isoformat() if days[0] == days[1] else f"{days[0].isoformat()}/{days[1].isoformat()}"


def _hours(match: re.Match[str]) -> float:
    count = day_phrases.count_of(match)
    return count / 60.0 if match["it_u"].startswith("min") else count


def _times(text: str, said: datetime | None) -> Iterator[Entity]:
    """Yield times of day that stand alone: the next such time."""
    if _HAS_TIME.search(text) is None:
        return
    for pattern in (_TIME, _AT_HOUR):
        for match in islice(pattern.finditer(text), MOST_MATCHES):
            clock = time_of(match)
            if clock is None:
                continue
            when = None if said is None else datetime.combine(said.date(), clock, UTC)
            if when is not None and said is not None and when < said:
                when += timedelta(days=1)
            before = text[max(0, match.start() - _REACH) : match.start()]
            is_due = match[0].startswith(("by ", "before ")) or _DUE.search(before) is not None
            yield Entity(
                kind=EntityKind.DEADLINE if is_due else EntityKind.DATE,
                start=match.start(),
                end=match.end(),
                normalized_text=clock.isoformat("minutes"),
                time=when,
            )
