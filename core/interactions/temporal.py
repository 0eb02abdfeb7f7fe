"""Times: when a lead looked at an item, how steadily, and whether by season."""

from __future__ import annotations

from functools import partial

from core.behavior.measures import evenness
from core.features.streams.aggregate import Function, Unit
from core.features.streams.declaration import Reading, StreamFeature, Value, ValueType
from core.features.streams.window import DAY_US
from core.interactions.counted import FIRST_VIEW, LAST_VIEW, VIEW_DAYS, Declared, of_views

FAMILY = "temporal"
MONTHS = of_views("view_months", Function.HISTOGRAM, Unit.MONTH_OF_YEAR)
_MONTHS_OF_YEAR = 12
_FEWEST = 2
_feature = partial(StreamFeature, family=FAMILY)


def temporal() -> Declared:
    """Return the aggregates and the features of the family."""
    return (VIEW_DAYS, FIRST_VIEW, LAST_VIEW, MONTHS), (*_dates(), *_patterns())


def _dates() -> tuple[StreamFeature, ...]:
    return (
        _feature(
            name="first_view_date",
            description="Time of the first view; microseconds since 1970 UTC.",
            compute=lambda reading: _time(reading["first_view_us"]),
            unit="time",
            value_type=ValueType.TIME,
        ),
        _feature(
            name="last_view_date",
            description="Time of the newest view; microseconds since 1970 UTC.",
            compute=lambda reading: _time(reading["last_view_us"]),
            unit="time",
            value_type=ValueType.TIME,
        ),
        _feature(
            name="view_recency",
            description="Whole days since the newest view; at least 0.",
            compute=_recency,
            unit="days",
        ),
    )


def _patterns() -> tuple[StreamFeature, ...]:
    return (
        _feature(
            name="view_consistency",
            description="Days (UTC) with a view over the days from the first through the last of them, of two such "
            "days or more; above 0 to 1 (every day).",
            compute=_consistency,
            unit="share",
        ),
        _feature(
            name="seasonal_view_pattern",
            description="1 - entropy of the months of the views over ln 12, of two views or more; 0 (all year) to 1 "
            "(one month of the year).",
            compute=_season,
            unit="share",
        ),
    )


def _time(moment_us: int | None) -> Value:
    return None if moment_us is None else float(moment_us)


def _recency(reading: Reading) -> Value:
    last_us = reading["last_view_us"]
    return None if last_us is None else float((reading.moment_us - last_us) // DAY_US)


def _consistency(reading: Reading) -> Value:
    days = reading["view_days"]
    if days < _FEWEST:
        return None
    spanned = reading["last_view_us"] // DAY_US - reading["first_view_us"] // DAY_US + 1
    return float(min(1.0, days / spanned))


def _season(reading: Reading) -> Value:
    months = reading[MONTHS.name].values()
    if sum(months) < _FEWEST:
        return None
    return 1.0 - (evenness(months, _MONTHS_OF_YEAR) or 0.0)
