"""Interaction quality: how much what a lead did with an item says, and how likely it wants it."""

from __future__ import annotations

from functools import partial

from core.behavior.measures import once
from core.event import EventKind
from core.features.streams.declaration import Reading, StreamFeature
from core.features.streams.window import DAY_US
from core.interactions.counted import DISLIKING_SWIPES, KINDS, LAST, LIKING_SWIPES, VIEW_DAYS, Declared, count_of
from core.interactions.views import engagement_score, unique_views, view_seconds

FAMILY = "quality"
HALF_DURATION_SECONDS = 30.0
"""Mean duration of a view at which its part of the quality is a half."""
HALF_INTENT = 4.0
"""Points at which intent is a half: an inquiry."""
INTENT_HALF_LIFE_DAYS = 30.0
HALF_LOYAL = 1.0
"""Points at which loyalty is a half: one repeat purchase."""
_POINTS_OF_A_DAY = 0.25

_STAGES = (
    (1.0, (EventKind.ITEM_PURCHASED, EventKind.BOOKING_COMPLETED)),
    (
        0.8,
        (
            EventKind.VIEWING_SCHEDULED,
            EventKind.VIEWING_COMPLETED,
            EventKind.BOOKING_REQUESTED,
        ),
    ),
    (0.6, (EventKind.INQUIRY_SENT, EventKind.ITEM_ADDED_TO_CART)),
    (0.4, (EventKind.ITEM_LIKED, EventKind.ITEM_SAVED, EventKind.ITEM_SHARED, EventKind.ITEM_COMPARED)),
    (0.2, (EventKind.ITEM_VIEWED, EventKind.LINK_CLICKED)),
)
"""How far the lead came with the item, furthest first."""
_KEPT = (
    (1.0, EventKind.ITEM_SAVED, EventKind.ITEM_UNSAVED),
    (3.0, EventKind.ITEM_ADDED_TO_CART, EventKind.ITEM_REMOVED_FROM_CART),
    (4.0, EventKind.VIEWING_SCHEDULED, EventKind.VIEWING_CANCELLED),
)
"""Points of what was not taken back: (each, what is done, what takes it back)."""
_INTENT = (
    (0.2, (EventKind.ITEM_VIEWED, EventKind.LINK_CLICKED)),
    (1.0, (EventKind.ITEM_LIKED, EventKind.ITEM_SHARED, EventKind.ITEM_COMPARED)),
    (4.0, (EventKind.INQUIRY_SENT, EventKind.VIEWING_COMPLETED, EventKind.BOOKING_REQUESTED)),
    (5.0, (EventKind.ITEM_PURCHASED, EventKind.BOOKING_COMPLETED)),
)
"""Points of what cannot be taken back."""
_feature = partial(StreamFeature, family=FAMILY, default=0.0)


def quality() -> Declared:
    """Return the aggregates and the features of the family."""
    return (KINDS, LAST, LIKING_SWIPES, DISLIKING_SWIPES, VIEW_DAYS), (*_scores(), *_indicators())


def _scores() -> tuple[StreamFeature, ...]:
    return (
        _feature(
            name="interaction_quality_score",
            description="100 (0.4 s + 0.4 d / (d + 30) + 0.2 (1 - 1 / u)) of s the furthest stage (0.2 viewed or "
            "clicked, 0.4 liked, saved, shared or compared, 0.6 asked for or in the cart, 0.8 scheduled or requested, "
            "1 bought), d view_duration_avg (0 unknown), u unique_views (at least 1); 0 to 100.",
            compute=_quality,
            unit="score",
        ),
        _feature(
            name="intent_score",
            description="(1 - 2 ** (-p / 4)) 2 ** (-d / 30) of p points (viewed or clicked 0.2; liked, shared, "
            "compared or saved 1; in the cart 3; asked for, viewing scheduled or completed or booking requested 4; "
            "bought 5; less what was taken back) and d days since the newest event with the item; 0 to 1.",
            compute=intent,
            unit="share",
        ),
    )


def _indicators() -> tuple[StreamFeature, ...]:
    return (
        _feature(
            name="loyalty_indicator",
            description="l / (l + 1) of l, purchases after the first and a quarter of the days (UTC) with a view after "
            "the first; 0 to 1.",
            compute=loyalty,
            unit="share",
        ),
        _feature(
            name="recommendation_score",
            description="(0.4 engagement_score / 100 + 0.4 intent_score + 0.2 loyalty_indicator) (l + 1) / (l + m + 1) "
            "of l likes and m dislikes, swipes included; 0 to 1.",
            compute=_recommendation,
            unit="share",
        ),
    )


def _quality(reading: Reading) -> float:
    seconds = view_seconds(reading) or 0.0
    lasting = seconds / (seconds + HALF_DURATION_SECONDS)
    returning = 1.0 - 1.0 / max(1.0, unique_views(reading))
    return 100.0 * (0.4 * _stage(reading) + 0.4 * lasting + 0.2 * returning)


def _stage(reading: Reading) -> float:
    held = reading["kinds"]
    reached = next((stage for stage, kinds in _STAGES if any(kind in held for kind in kinds)), 0.0)
    return max(reached, 0.4) if reading["liking_swipes"] else reached


@once
def intent(reading: Reading) -> float:
    """Return how likely the lead is about to act on the item, 0 to 1."""
    held = reading["kinds"]
    points = sum(each * count_of(reading, *kinds) for each, kinds in _INTENT) + reading["liking_swipes"]
    points += sum(each * max(0, held.get(done, 0) - held.get(undone, 0)) for each, done, undone in _KEPT)
    age_days = (reading.moment_us - reading["last_us"]) / DAY_US
    return float((1.0 - 2.0 ** (-points / HALF_INTENT)) * 2.0 ** (-age_days / INTENT_HALF_LIFE_DAYS))


@once
def loyalty(reading: Reading) -> float:
    """Return how loyal the lead is to the item, 0 to 1."""
    repeats = max(0, count_of(reading, EventKind.ITEM_PURCHASED) - 1)
    points = repeats + _POINTS_OF_A_DAY * max(0.0, reading["view_days"] - 1.0)
    return float(points / (points + HALF_LOYAL))


def _recommendation(reading: Reading) -> float:
    likes = count_of(reading, EventKind.ITEM_LIKED) + reading["liking_swipes"]
    dislikes = count_of(reading, EventKind.ITEM_DISLIKED) + reading["disliking_swipes"]
    wanted = 0.4 * engagement_score(reading) / 100.0 + 0.4 * intent(reading) + 0.2 * loyalty(reading)
    return float(wanted * (likes + 1) / (likes + dislikes + 1))
