"""Plain counts and sums over windows, and engagement that fades."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from core.behavior.actions import ACTION_KINDS, ActionType
from core.behavior.counted import MONTH_KINDS, VALUE_KINDS
from core.behavior.settings import LeadBehaviorSettings
from core.event import FIXED_POINT, EventKind
from core.features.streams.aggregate import Aggregate, Function, Unit
from core.features.streams.declaration import Reading, StreamFeature, Value
from core.features.streams.window import DAY, DAY_US, HOUR, MONTH, QUARTER, WEEK, Window

FAMILY = "windows"
WINDOWS = (HOUR, DAY, WEEK, MONTH, QUARTER)
HALF_LIVES = (1, 7, 30)
"""Days after which an event weighs half."""
_COUNTED = {
    "views": (EventKind.ITEM_VIEWED, "Views of items"),
    "inquiries": (EventKind.INQUIRY_SENT, "Inquiries"),
    "purchases": (EventKind.ITEM_PURCHASED, "Purchases"),
}


def windowed(settings: LeadBehaviorSettings) -> tuple[tuple[Aggregate, ...], tuple[StreamFeature, ...]]:
    """Return the aggregates and the features of the family."""
    aggregates = [aggregate for window in WINDOWS for aggregate in (_kinds(window), _value(window))]
    features = [feature for window in WINDOWS for feature in _features(window)]
    faded = [_fading(action, days) for days in HALF_LIVES for action in ActionType]
    return (*aggregates, *faded), (*features, *(_faded(settings, days) for days in HALF_LIVES))


def _kinds(window: Window) -> Aggregate:
    if window is MONTH:
        return MONTH_KINDS
    return Aggregate(name=f"kinds_{window.name}", function=Function.HISTOGRAM, field=Unit.KIND, window=window)


def _value(window: Window) -> Aggregate:
    return Aggregate(
        name=f"value_{window.name}", function=Function.SUM, field=Unit.VALUE, kinds=VALUE_KINDS, window=window
    )


def _features(window: Window) -> Iterable[StreamFeature]:
    kinds, value = f"kinds_{window.name}", f"value_{window.name}"
    yield _feature(
        f"events_{window.name}",
        f"Events of every kind within {window.name}; at least 0.",
        window,
        lambda reading: float(sum(reading[kinds].values())),
    )
    for name, (kind, words) in _COUNTED.items():
        yield _feature(f"{name}_{window.name}", f"{words} within {window.name}; at least 0.", window, _of(kinds, kind))
    yield _feature(
        f"value_{window.name}",
        f"Value of purchases and completed bookings within {window.name}; at least 0.",
        window,
        lambda reading: reading[value] / FIXED_POINT,
        unit="money",
    )


def _of(kinds: str, kind: EventKind) -> Callable[[Reading], Value]:
    name = kind.value
    return lambda reading: float(reading[kinds].get(name, 0))


def _feature(
    name: str, description: str, window: Window, compute: Callable[[Reading], Value], unit: str = "count"
) -> StreamFeature:
    return StreamFeature(
        name=name,
        family=FAMILY,
        description=description,
        compute=compute,
        unit=unit,
        window=window.name,
        default=0.0,
        # Nothing that old can be within the window, whose first step may reach further back than its span.
        ttl_us=window.span_us + window.step_us,
    )


def _fading(action: ActionType, days: int) -> Aggregate:
    return Aggregate(
        name=f"{action}_fading_{days}d",
        function=Function.DECAYED,
        kinds=ACTION_KINDS[action],
        half_life_us=days * DAY_US,
    )


def _faded(settings: LeadBehaviorSettings, days: int) -> StreamFeature:
    names = [f"{action}_fading_{days}d" for action in ActionType]
    weights = settings.weights
    return StreamFeature(
        name=f"engagement_fading_{days}d",
        family=FAMILY,
        description=f"Sum of the weights of all actions, halved with every {days} days of their age; at least 0.",
        compute=lambda reading: weights.points([reading.aggregates[name] for name in names]),
        unit="score",
        default=0.0,
        version=settings.version(1),
    )
