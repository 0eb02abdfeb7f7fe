"""Sums feedback up: from counted rows to the answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from core.errors import InvalidInput
from core.feedback.feedback import FeedbackAction, FeedbackSource
from core.feedback.rate import Rate

DEFAULT_DAYS = 30
MAX_DAYS = 365
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """Feedback of one day in UTC, with one action and from one source."""

    day: date
    action: FeedbackAction
    source: FeedbackSource
    count: int
    confidence_sum: float
    rating_count: int
    rating_sum: float
    value_count: int
    value_sum: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCount:
    """Contacts that say how they went, of one hour of one weekday in UTC and from one source."""

    weekday: int
    """0 is Monday."""
    hour: int
    """0 to 23."""
    source: FeedbackSource
    was_successful: bool
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackCounts:
    """What was counted."""

    days: Sequence[DayCount]
    contacts: Sequence[ContactCount]
    lead_count: int
    """Leads with feedback."""
    converted_lead_count: int
    """Those of them that converted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSummary:
    """One action."""

    action: FeedbackAction
    count: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSummary:
    """One source."""

    source: FeedbackSource
    count: int
    share: float
    average_confidence: float
    contact_success: Rate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySummary:
    """One day."""

    day: datetime
    """Its beginning, in UTC."""
    count: int
    conversion_count: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackAnalytics:
    """The feedback of some days. What cannot be told, such as the mean of nothing, is None."""

    start_time: datetime
    end_time: datetime
    total_count: int
    actions: Sequence[ActionSummary]
    sources: Sequence[SourceSummary]
    average_confidence: float | None
    average_rating: float | None
    contact_success: Rate | None
    conversion: Rate | None
    total_value: float
    average_value: float | None
    hours: Sequence[tuple[int, Rate]]
    weekdays: Sequence[tuple[int, Rate]]
    trend: Sequence[DaySummary]


def analytics_window(days: int, now: datetime) -> tuple[datetime, datetime]:
    """Return (start, end) of the last days: whole days in UTC, of which today is the last and goes up to ``now``.

    Args:
        days: 1 to 365; 0 means 30.
        now: Aware.

    Raises:
        InvalidInput: If ``days`` is out of range.
    """
    chosen = days or DEFAULT_DAYS
    if not 1 <= chosen <= MAX_DAYS:
        raise InvalidInput.of("days", f"must be 1 to {MAX_DAYS}, or 0 for the default")
    end = now.astimezone(UTC)
    return _midnight(end.date() - (chosen - 1) * _DAY), end


def summarise(counts: FeedbackCounts, start: datetime, end: datetime) -> FeedbackAnalytics:
    """Return the summary of what was counted in [start, end]; start is a midnight in UTC."""
    days, contacts = counts.days, counts.contacts
    total = sum(row.count for row in days)
    return FeedbackAnalytics(
        start_time=start,
        end_time=end,
        total_count=total,
        actions=_actions(days, total),
        sources=_sources(days, contacts, total),
        average_confidence=_mean((row.confidence_sum for row in days), total),
        average_rating=_mean((row.rating_sum for row in days), sum(row.rating_count for row in days)),
        contact_success=_success(contacts),
        conversion=Rate.of(counts.converted_lead_count, counts.lead_count),
        total_value=math.fsum(row.value_sum for row in days),
        average_value=_mean((row.value_sum for row in days), sum(row.value_count for row in days)),
        hours=_slots(contacts, lambda row: row.hour),
        weekdays=_slots(contacts, lambda row: row.weekday),
        trend=_trend(days, start, end),
    )


def _actions(days: Sequence[DayCount], total: int) -> list[ActionSummary]:
    counts = {action: sum(row.count for row in days if row.action is action) for action in FeedbackAction}
    return [ActionSummary(action=action, count=count, share=count / total) for action, count in counts.items() if count]


def _sources(days: Sequence[DayCount], contacts: Sequence[ContactCount], total: int) -> list[SourceSummary]:
    found = []
    for source in FeedbackSource:
        rows = [row for row in days if row.source is source]
        count = sum(row.count for row in rows)
        mean = _mean((row.confidence_sum for row in rows), count)
        if mean is not None:
            success = _success([row for row in contacts if row.source is source])
            found.append(
                SourceSummary(
                    source=source,
                    count=count,
                    share=count / total,
                    average_confidence=mean,
                    contact_success=success,
                )
            )
    return found


def _success(contacts: Iterable[ContactCount]) -> Rate | None:
    rows = list(contacts)
    return Rate.of(sum(row.count for row in rows if row.was_successful), sum(row.count for row in rows))


def _slots(contacts: Sequence[ContactCount], slot_of: Callable[[ContactCount], int]) -> list[tuple[int, Rate]]:
    found = []
    for slot in sorted({slot_of(row) for row in contacts}):
        rate = _success(row for row in contacts if slot_of(row) == slot)
        if rate is not None:
            found.append((slot, rate))
    return found


def _trend(days: Sequence[DayCount], start: datetime, end: datetime) -> list[DaySummary]:
    by_day: dict[date, list[DayCount]] = {}
    for row in days:
        by_day.setdefault(row.day, []).append(row)
    first = start.astimezone(UTC).date()
    span = (end.astimezone(UTC).date() - first).days + 1
    return [_day(first + number * _DAY, by_day.get(first + number * _DAY, [])) for number in range(span)]


def _day(day: date, rows: Sequence[DayCount]) -> DaySummary:
    return DaySummary(
        day=_midnight(day),
        count=sum(row.count for row in rows),
        conversion_count=sum(row.count for row in rows if row.action is FeedbackAction.CONVERT),
        value=math.fsum(row.value_sum for row in rows),
    )


def _mean(sums: Iterable[float], count: int) -> float | None:
    return math.fsum(sums) / count if count else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
