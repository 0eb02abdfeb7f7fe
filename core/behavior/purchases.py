"""Purchases ever: recency, frequency and money.

What models of repeat purchase are fitted on (Fader, Hardie & Lee 2005, "RFM and CLV", section 2: x, t_x and T), with
the purchases of one day taken as one, as they do.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter

from core.behavior.counted import PURCHASE_KINDS
from core.event import FIXED_POINT, EventKind
from core.features.streams.aggregate import Aggregate, Function, Unit
from core.features.streams.declaration import Reading, StreamFeature, Value
from core.features.streams.window import DAY_US

FAMILY = "purchases"
HALF_LIVES = (30, 90, 180)
"""Days after which a purchase weighs half."""


def purchasing() -> tuple[tuple[Aggregate, ...], tuple[StreamFeature, ...]]:
    """Return the aggregates and the features of the family."""
    return (*_aggregates(), *(_fading(days) for days in HALF_LIVES)), (*_counts(), *_times(), *_money(), *_faded())


def _aggregates() -> tuple[Aggregate, ...]:
    return (
        _aggregate("purchase_days", Function.DISTINCT, Unit.DAY),
        _aggregate("first_purchase_us", Function.MIN, Unit.OCCURRED),
        _aggregate("last_purchase_us", Function.MAX, Unit.OCCURRED),
        _aggregate("purchase_value", Function.SUM, Unit.VALUE),
        _aggregate("valued_purchases", Function.COUNT, Unit.VALUE),
        _aggregate("last_purchase_value", Function.LAST, Unit.VALUE),
    )


def _aggregate(name: str, function: Function, field: Unit) -> Aggregate:
    return Aggregate(name=name, function=function, field=field, kinds=PURCHASE_KINDS)


def _fading(days: int) -> Aggregate:
    return Aggregate(
        name=f"purchases_fading_{days}d",
        function=Function.DECAYED,
        kinds=PURCHASE_KINDS,
        half_life_us=days * DAY_US,
    )


def _counts() -> tuple[StreamFeature, ...]:
    return (
        _feature(
            "purchase_count",
            "Purchases ever; at least 0.",
            lambda reading: float(reading["kinds"].get(EventKind.ITEM_PURCHASED.value, 0)),
            default=0.0,
        ),
        _feature(
            "purchase_days",
            "Days (UTC) with a purchase, estimated above 256 of them; at least 0.",
            lambda reading: reading["purchase_days"],
            default=0.0,
        ),
        _feature(
            "repeat_purchase_days",
            "Days (UTC) with a purchase after the first such day: x in models of repeat purchase; at least 0.",
            lambda reading: max(0.0, reading["purchase_days"] - 1.0),
            default=0.0,
        ),
    )


def _times() -> tuple[StreamFeature, ...]:
    return (
        _feature(
            "purchase_recency_days",
            "Days between the first and the newest purchase: t_x in models of repeat purchase; at least 0.",
            lambda reading: _days(reading["first_purchase_us"], reading["last_purchase_us"]),
            unit="days",
        ),
        _feature(
            "purchase_age_days",
            "Days since the first purchase: T in models of repeat purchase; at least 0.",
            lambda reading: _days(reading["first_purchase_us"], reading.moment_us),
            unit="days",
        ),
        _feature(
            "days_since_purchase",
            "Days since the newest purchase; at least 0.",
            lambda reading: _days(reading["last_purchase_us"], reading.moment_us),
            unit="days",
        ),
    )


def _money() -> tuple[StreamFeature, ...]:
    return (
        _feature(
            "purchase_value_total",
            "Value of all purchases; at least 0.",
            lambda reading: reading["purchase_value"] / FIXED_POINT,
            unit="money",
            default=0.0,
        ),
        _feature(
            "purchase_value_avg",
            "Mean value of the purchases that have one; at least 0.",
            _mean_value,
            unit="money",
        ),
        _feature(
            "purchase_value_last",
            "Value of the newest purchase that has one; at least 0.",
            lambda reading: None if (value := reading["last_purchase_value"]) is None else value / FIXED_POINT,
            unit="money",
        ),
    )


def _faded() -> tuple[StreamFeature, ...]:
    return tuple(
        _feature(
            f"purchases_fading_{days}d",
            f"Purchases, each halved with every {days} days of its age; at least 0.",
            itemgetter(f"purchases_fading_{days}d"),
            default=0.0,
        )
        for days in HALF_LIVES
    )


def _mean_value(reading: Reading) -> Value:
    count = reading["valued_purchases"]
    return reading["purchase_value"] / (count * FIXED_POINT) if count else None


def _days(start_us: int | None, end_us: int) -> Value:
    return None if start_us is None else (end_us - start_us) / DAY_US


def _feature(
    name: str,
    description: str,
    compute: Callable[[Reading], Value],
    unit: str = "count",
    default: Value = None,
) -> StreamFeature:
    return StreamFeature(name=name, family=FAMILY, description=description, compute=compute, unit=unit, default=default)
