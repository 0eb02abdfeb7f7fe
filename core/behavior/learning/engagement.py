"""Behaviour: how engaged a lead is, how it explores and how it decides, in the last 30 days."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from core.behavior.actions import COMMITMENT_KINDS, DISCOVERY_KINDS, INTEREST_KINDS, REVERSAL_KINDS, count_actions
from core.behavior.learning.lookback import counting, events_of, learned, recent
from core.behavior.measures import balance, evenness, most_frequent, once, share
from core.behavior.settings import LeadBehaviorSettings
from core.behavior.weights import LARGEST_WEIGHT
from core.event import EventKind
from core.features.streams.aggregate import Aggregate, Function, Unit
from core.features.streams.declaration import Reading, StreamFeature, Value, ValueType

FAMILY = "behavior"
HALF_ENGAGED = 20.0
"""Weighted events at which the engagement score is 0.5: four commitments, or a view on most days of a month."""
_VIEWS = frozenset({EventKind.ITEM_VIEWED})
_SWIPES = frozenset({EventKind.ITEM_SWIPED})
_SECOND_MS = 1000
_MINUTE_MS = 60 * _SECOND_MS
_liked, _disliked = counting(EventKind.ITEM_LIKED), counting(EventKind.ITEM_DISLIKED)
_discovered = counting(*DISCOVERY_KINDS)
_committed = once(counting(*COMMITMENT_KINDS))
_reversed = counting(*REVERSAL_KINDS)
_feature = partial(learned, FAMILY)
_share = partial(learned, FAMILY, unit="share")


def engagement(settings: LeadBehaviorSettings) -> tuple[tuple[Aggregate, ...], tuple[StreamFeature, ...]]:
    """Return the aggregates and the features of the family."""
    return _aggregates(), (
        *_engaged(settings),
        *_views(),
        *_liking(),
        *_conversions(),
        *_exploring(),
        *_deciding(),
        *_searching(),
        _primary(),
    )


def _aggregates() -> tuple[Aggregate, ...]:
    return (
        recent("view_durations", Function.COUNT, field=Unit.DURATION, kinds=_VIEWS),
        recent("view_duration_sum", Function.SUM, field=Unit.DURATION, kinds=_VIEWS),
        recent("liking_swipes", Function.COUNT, kinds=_SWIPES, positive=True),
        recent("disliking_swipes", Function.COUNT, kinds=_SWIPES, positive=False),
        recent("item_events", Function.COUNT, field=Unit.ITEM),
    )


def _engaged(settings: LeadBehaviorSettings) -> tuple[StreamFeature, ...]:
    total = once(lambda reading: settings.weights.points(count_actions(reading["kinds_30d"])))
    interested = counting(*INTEREST_KINDS)
    version = settings.version(1)
    return (
        _share(
            "engagement_score",
            f"p / (p + {HALF_ENGAGED:g}) of p, the sum of the weights of all actions; 0 to 1.",
            lambda reading: total(reading) / (total(reading) + HALF_ENGAGED),
            version=version,
        ),
        _share(
            "engagement_depth",
            f"Mean weight of an event over {LARGEST_WEIGHT:g}, the largest weight there can be; 0 to 1.",
            lambda reading: total(reading) / (events_of(reading) * LARGEST_WEIGHT),
            version=version,
        ),
        _feature(
            "interest_count",
            "Events that show interest: liked, saved, shared, compared, put in the cart, asked for, scheduled, booked "
            "or bought; at least 0.",
            lambda reading: float(interested(reading)),
            given_when_sparse=True,
            default=0.0,
        ),
    )


def _views() -> tuple[StreamFeature, ...]:
    return (
        _feature(
            "avg_view_duration_seconds",
            "Mean duration of the views that have one; at least 0.",
            _mean_duration,
            unit="seconds",
        ),
        _feature(
            "view_duration_total_minutes",
            "Minutes of viewing, of the views that have a duration; at least 0.",
            lambda reading: reading["view_duration_sum_30d"] / _MINUTE_MS,
            unit="minutes",
        ),
    )


def _liking() -> tuple[StreamFeature, ...]:
    return (
        _share(
            "like_ratio",
            "Likes among likes and dislikes, swipes included; 0 to 1.",
            _like_ratio,
        ),
        _share(
            "save_rate",
            "Saves over views, at most 1; 0 to 1.",
            _rate(EventKind.ITEM_SAVED, EventKind.ITEM_VIEWED),
        ),
        _share(
            "share_rate",
            "Shares over views, at most 1; 0 to 1.",
            _rate(EventKind.ITEM_SHARED, EventKind.ITEM_VIEWED),
        ),
    )


def _conversions() -> tuple[StreamFeature, ...]:
    return (
        _share(
            "inquiry_rate",
            "Inquiries over views, at most 1; 0 to 1.",
            _rate(EventKind.INQUIRY_SENT, EventKind.ITEM_VIEWED),
        ),
        _share(
            "viewing_completion_rate",
            "Viewings completed over viewings scheduled, at most 1; 0 to 1.",
            _rate(EventKind.VIEWING_COMPLETED, EventKind.VIEWING_SCHEDULED),
        ),
        _share(
            "booking_completion_rate",
            "Bookings completed over bookings requested, at most 1; 0 to 1.",
            _rate(EventKind.BOOKING_COMPLETED, EventKind.BOOKING_REQUESTED),
        ),
    )


def _exploring() -> tuple[StreamFeature, ...]:
    return (
        _share(
            "exploration_ratio",
            "Different items over events with an item: 1 where every event is about another item; above 0 to 1.",
            lambda reading: share(reading["items_30d"], reading["item_events_30d"]),
        ),
        _feature(
            "exploration_exploitation_balance",
            "(d - c) / (d + c) of d views, searches and filters, c commitments (saved, in the cart, asked for, "
            "scheduled, booked, bought); -1 (commits only) to 1 (looks around only).",
            lambda reading: balance(_discovered(reading), _committed(reading)),
            unit="number",
        ),
        _share(
            "event_kind_diversity",
            "Evenness of kinds of events, entropy over its maximum (Pielou 1966); 0 (one kind) to 1.",
            lambda reading: evenness(reading["kinds_30d"].values()),
        ),
    )


def _deciding() -> tuple[StreamFeature, ...]:
    return (
        _share(
            "decision_confidence",
            "(c + 1) / (c + r + 2) of c commitments and r of them taken back (unsaved, removed from the cart, viewing "
            "cancelled), Laplace's rule of succession; above 0 to below 1.",
            _confidence,
        ),
        _share(
            "cancellation_rate",
            "Viewings cancelled over viewings scheduled, at most 1; 0 to 1.",
            _rate(EventKind.VIEWING_CANCELLED, EventKind.VIEWING_SCHEDULED),
        ),
    )


def _searching() -> tuple[StreamFeature, ...]:
    searched = counting(EventKind.SEARCH_PERFORMED)
    refined = counting(EventKind.SEARCH_REFINED, EventKind.FILTER_APPLIED)
    return (
        _feature(
            "search_count",
            "Searches performed; at least 0.",
            lambda reading: float(searched(reading)),
            given_when_sparse=True,
            default=0.0,
        ),
        _share(
            "search_refinement_rate",
            "Refinements and filters among these and searches; 0 to 1.",
            lambda reading: share(refined(reading), refined(reading) + searched(reading)),
        ),
    )


def _primary() -> StreamFeature:
    return _feature(
        "primary_event_type",
        "Most frequent kind of event, the first in the alphabet of several; a kind of event.",
        lambda reading: most_frequent(reading["kinds_30d"]),
        unit="category",
        value_type=ValueType.CATEGORY,
    )


def _rate(part: EventKind, whole: EventKind) -> Callable[[Reading], Value]:
    counted, of = counting(part), counting(whole)
    return lambda reading: share(counted(reading), of(reading))


def _mean_duration(reading: Reading) -> Value:
    count = reading["view_durations_30d"]
    return reading["view_duration_sum_30d"] / (count * _SECOND_MS) if count else None


def _like_ratio(reading: Reading) -> Value:
    likes = _liked(reading) + reading["liking_swipes_30d"]
    dislikes = _disliked(reading) + reading["disliking_swipes_30d"]
    return share(likes, likes + dislikes)


def _confidence(reading: Reading) -> Value:
    committed, reversed_ = _committed(reading), _reversed(reading)
    return (committed + 1) / (committed + reversed_ + 2) if committed + reversed_ else None
