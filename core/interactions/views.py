"""Views and engagement: how often, how long and how intently a lead looked at an item."""

from __future__ import annotations

from functools import partial

from core.behavior.actions import count_actions
from core.behavior.measures import once
from core.behavior.weights import EngagementWeights
from core.event import EventKind
from core.features.streams.aggregate import Function, Unit
from core.features.streams.declaration import Reading, StreamFeature, Value
from core.features.streams.window import DAY_US
from core.interactions.counted import (
    FIRST_VIEW,
    KINDS,
    LIKING_SWIPES,
    VIEW_DAYS,
    Declared,
    count_of,
    of_views,
)

FAMILY = "views"
HALF_ENGAGED = 10.0
"""Points at which the engagement score is 50: two commitments."""
_SECOND_MS = 1000
_MINUTE_MS = 60 * _SECOND_MS
_WEIGHTS = EngagementWeights()
_OPINIONS = (EventKind.ITEM_DISLIKED, EventKind.ITEM_SWIPED)
"""A dislike is no engagement with the item, a swipe only where it is a like."""
_feature = partial(StreamFeature, family=FAMILY)


def views() -> Declared:
    """Return the aggregates and the features of the family."""
    aggregates = (
        KINDS,
        LIKING_SWIPES,
        VIEW_DAYS,
        FIRST_VIEW,
        of_views("view_sessions", Function.DISTINCT, Unit.SESSION),
        of_views("views_in_sessions", Function.COUNT, Unit.SESSION),
        of_views("view_duration_ms", Function.SUM, Unit.DURATION),
        of_views("views_with_duration", Function.COUNT, Unit.DURATION),
    )
    return aggregates, (*_counts(), *_rates())


def _counts() -> tuple[StreamFeature, ...]:
    return (
        _feature(
            name="total_views",
            description="Views of the item; at least 0.",
            compute=lambda reading: float(view_count(reading)),
            default=0.0,
        ),
        _feature(
            name="unique_views",
            description="Sessions with a view, estimated above 256 of them; views without a session count by the days "
            "(UTC) with a view; at least 0.",
            compute=unique_views,
            default=0.0,
        ),
    )


def _rates() -> tuple[StreamFeature, ...]:
    return (
        _feature(
            name="view_duration_avg",
            description="Mean duration of the views that have one; at least 0.",
            compute=view_seconds,
            unit="seconds",
        ),
        _feature(
            name="view_frequency",
            description="Views per day since the first view, of at least one day; above 0.",
            compute=_frequency,
            unit="per_day",
        ),
        _feature(
            name="engagement_score",
            description=f"100 (1 - 2 ** (-p / {HALF_ENGAGED:g})) of p, the weights of all actions but dislikes and the "
            "minutes of viewing; 0 to 100.",
            compute=engagement_score,
            unit="score",
            default=0.0,
        ),
    )


def view_count(reading: Reading) -> int:
    """Return the number of views."""
    return count_of(reading, EventKind.ITEM_VIEWED)


@once
def unique_views(reading: Reading) -> float:
    """Return the number of different visits with a view; at most the number of views."""
    without_session = view_count(reading) - reading["views_in_sessions"]
    visits: float = reading["view_sessions"]
    if without_session:
        visits += min(float(without_session), reading["view_days"])
    # Estimates of many may be too high.
    return min(float(view_count(reading)), visits)


def view_seconds(reading: Reading) -> float | None:
    """Return the mean duration of a view in seconds; None where no view has one."""
    count = reading["views_with_duration"]
    return reading["view_duration_ms"] / (count * _SECOND_MS) if count else None


@once
def engagement_score(reading: Reading) -> float:
    """Return how engaged the lead is with the item, 0 to 100; never falls with another action."""
    actions = _WEIGHTS.points(count_actions(reading["kinds"]))
    no_wish = count_of(reading, *_OPINIONS) - reading["liking_swipes"]
    held = actions - _WEIGHTS.click * no_wish + reading["view_duration_ms"] / _MINUTE_MS
    return float(100.0 * (1.0 - 2.0 ** (-held / HALF_ENGAGED)))


def _frequency(reading: Reading) -> Value:
    first_us = reading["first_view_us"]
    if first_us is None:
        return None
    days: float = (reading.moment_us - first_us) / DAY_US
    return view_count(reading) / max(1.0, days)
