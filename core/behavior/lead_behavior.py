"""Lead behaviour features: how much a lead does, of what, when, and in which sessions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

from core.behavior.actions import ActionType, count_actions
from core.behavior.counted import EVENTS, FIRST, KINDS, LAST
from core.behavior.measures import most_frequent, once
from core.behavior.settings import LeadBehaviorSettings
from core.behavior.weights import median_weight
from core.features.streams.admissible import MAX_SESSIONS
from core.features.streams.aggregate import Aggregate, Function, Session, Unit
from core.features.streams.declaration import Reading, StreamFeature, Value
from core.features.streams.window import DAY, DAY_US, HOUR, MINUTE_US, MONTH, QUARTER, WEEK, YEAR, Window

FAMILY = "lead_behavior"
HOURS = Aggregate(name="hours", function=Function.HISTOGRAM, field=Unit.HOUR)
WEEKDAYS = Aggregate(name="weekdays", function=Function.HISTOGRAM, field=Unit.WEEKDAY)
WEEKEND = (5, 6)
_START, _END, _COUNT = attrgetter("start_us"), attrgetter("end_us"), attrgetter("event_count")
_SESSION_WINDOWS = (YEAR, QUARTER, MONTH, WEEK, DAY)


class _Sessions(NamedTuple):
    held: int
    minutes: float
    """Mean length."""
    actions: float
    """Mean number of events."""


def lead_behavior(settings: LeadBehaviorSettings) -> tuple[tuple[Aggregate, ...], tuple[StreamFeature, ...]]:
    """Return the aggregates and the features of one family: those of the settings, so that settings change the hash."""
    sessions = Aggregate(
        name="sessions", function=Function.SESSIONS, window=session_window(settings), gap_us=settings.session_gap_us
    )
    aggregates = (EVENTS, FIRST, LAST, KINDS, HOURS, WEEKDAYS, sessions)
    return aggregates, (*_core(settings), *_temporal(settings), *_engagement(settings), *_session(settings))


def session_window(settings: LeadBehaviorSettings) -> Window:
    """Return the longest window, at most 365 days, that cannot hold more sessions than are kept.

    With the gap of 72 hours, and down to 2 hours, it is 365 days; with half an hour 90 days.
    """
    gap_us = settings.session_gap_us
    held = (window for window in _SESSION_WINDOWS if (window.span_us + window.step_us) // MAX_SESSIONS <= gap_us)
    return next(held, HOUR)


def _core(settings: LeadBehaviorSettings) -> tuple[StreamFeature, ...]:
    feature = partial(_feature, settings)
    return (
        StreamFeature(
            name="total_interactions",
            family=FAMILY,
            description="Recorded events of every kind; at least 0.",
            compute=lambda reading: float(reading["events"]),
            default=0.0,
        ),
        feature(
            "unique_action_types",
            "Types of action (view, click, inquiry, message, schedule) that occurred; 0 to 5.",
            lambda reading: float(sum(map(bool, _actions(reading)))),
            default=0.0,
        ),
        feature("days_since_first", "Days since the first event; at least 0.", _days_since("first_us"), unit="days"),
        feature("days_since_last", "Days since the newest event; at least 0.", _days_since("last_us"), unit="days"),
        feature(
            "interaction_timespan_days",
            "Days between the first and the newest event; at least 0.",
            lambda reading: (reading["last_us"] - reading["first_us"]) / DAY_US,
            unit="days",
        ),
        *(_frequency(settings, action) for action in ActionType),
    )


def _temporal(settings: LeadBehaviorSettings) -> tuple[StreamFeature, ...]:
    feature = partial(_feature, settings)
    start, end = settings.business_hours
    return (
        feature(
            "peak_hour",
            "Hour of the day (UTC) with most events, the earliest of several; 0 to 23.",
            lambda reading: float(most_frequent(reading["hours"])),
            unit="hour",
        ),
        feature(
            "peak_day",
            "Day of the week (UTC) with most events, the earliest of several; 0 (Monday) to 6 (Sunday).",
            lambda reading: float(most_frequent(reading["weekdays"])),
            unit="weekday",
        ),
        feature(
            "weekend_ratio",
            "Share of events on Saturdays and Sundays (UTC); 0 to 1.",
            lambda reading: sum(reading["weekdays"].get(day, 0) for day in WEEKEND) / reading["events"],
            unit="share",
        ),
        feature(
            "business_hours_ratio",
            f"Share of events from {start}:00 until before {end}:00 UTC, on every day of the week; 0 to 1.",
            lambda reading: sum(reading["hours"].get(hour, 0) for hour in range(start, end)) / reading["events"],
            unit="share",
        ),
    )


def _engagement(settings: LeadBehaviorSettings) -> tuple[StreamFeature, ...]:
    feature = partial(_feature, settings)
    weights, ascending = settings.weights, settings.weights.ascending()
    total = once(lambda reading: weights.points(_actions(reading)))
    return (
        feature(
            "engagement_score_total",
            "Sum of the weights of all events; events that are no action weigh 0; at least 0.",
            total,
            unit="score",
            default=0.0,
        ),
        feature(
            "engagement_score_avg",
            "Mean weight of an event; 0 to 5.",
            lambda reading: total(reading) / reading["events"],
            unit="score",
        ),
        feature(
            "engagement_score_median",
            "Median weight of an event, exact; 0 to 5.",
            lambda reading: median_weight(ascending, _actions(reading), reading["events"]),
            unit="score",
        ),
    )


def _session(settings: LeadBehaviorSettings) -> tuple[StreamFeature, ...]:
    window = session_window(settings)
    feature = partial(_feature, settings, window=window.name)
    hours = settings.session_gap.total_seconds() / 3600
    said = f"Sessions end after {hours:g} hours without an event; those of the last {window.name} count."
    found = once(_sessions)

    def mean(read: Callable[[_Sessions], float]) -> Callable[[Reading], Value]:
        return lambda reading: read(held) if (held := found(reading)).held else None

    return (
        feature(
            "avg_session_length_minutes",
            f"Mean minutes from a session's first to its last event; at least 0. {said}",
            mean(lambda held: held.minutes),
            unit="minutes",
        ),
        feature(
            "total_sessions",
            f"Number of sessions; at least 0. {said}",
            lambda reading: float(found(reading).held),
            default=0.0,
        ),
        feature(
            "avg_actions_per_session",
            f"Mean number of events in a session; at least 1. {said}",
            mean(lambda held: held.actions),
        ),
    )


@once
def _actions(reading: Reading) -> list[int]:
    """Return the events of each type of action."""
    return count_actions(reading["kinds"])


def _sessions(reading: Reading) -> _Sessions:
    sessions: tuple[Session, ...] = reading["sessions"]
    count = len(sessions)
    if not count:
        return _Sessions(0, 0.0, 0.0)
    length_us = sum(map(_END, sessions)) - sum(map(_START, sessions))
    actions = sum(map(_COUNT, sessions))
    return _Sessions(count, length_us / (count * MINUTE_US), actions / count)


def _frequency(settings: LeadBehaviorSettings, action: ActionType) -> StreamFeature:
    place = list(ActionType).index(action)
    return _feature(
        settings,
        f"{action}_frequency",
        f"Share of all events that are of type {action}; 0 to 1.",
        lambda reading: _actions(reading)[place] / reading["events"],
        unit="share",
    )


def _days_since(name: str) -> Callable[[Reading], Value]:
    return lambda reading: (reading.moment_us - reading[name]) / DAY_US


def _feature(
    settings: LeadBehaviorSettings,
    name: str,
    description: str,
    compute: Callable[[Reading], Value],
    **more: Any,
) -> StreamFeature:
    """Declare a feature that has its default below the least number of events."""
    least = settings.minimum_interactions
    enough = compute if least == 1 else lambda reading: compute(reading) if reading["events"] >= least else None
    return StreamFeature(
        name=name,
        family=FAMILY,
        description=description,
        compute=enough,
        version=settings.version(1),
        **more,
    )
