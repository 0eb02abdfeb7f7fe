"""Item preference: what kind of item, at what price and where, a lead has looked at in the last 30 days."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from core.behavior.actions import INTEREST_KINDS
from core.behavior.learning.lookback import learned, recent
from core.behavior.measures import balance, concentration, deviation, evenness, most_frequent, once, top_share
from core.event import FIXED_POINT
from core.features.streams.aggregate import Aggregate, Function, Unit
from core.features.streams.declaration import Reading, StreamFeature, Value, ValueType

FAMILY = "item_preference"
_feature = partial(learned, FAMILY)


class _Prices(NamedTuple):
    """Prices of the lookback, in ten-thousandths."""

    events: int
    total: int
    spread: float
    least: int
    most: int

    @property
    def center(self) -> float:
        return self.total / self.events


def item_preference() -> tuple[tuple[Aggregate, ...], tuple[StreamFeature, ...]]:
    """Return the aggregates and the features of the family."""
    return _aggregates(), (*_price_features(), *_type_features(), *_location_features(), *_item_features())


def _aggregates() -> tuple[Aggregate, ...]:
    return (
        recent("prices", Function.COUNT, field=Unit.PRICE),
        recent("price_sum", Function.SUM, field=Unit.PRICE),
        recent("price_squares", Function.SQUARES, field=Unit.PRICE),
        recent("price_min", Function.MIN, field=Unit.PRICE),
        recent("price_max", Function.MAX, field=Unit.PRICE),
        recent("interest_prices", Function.COUNT, field=Unit.PRICE, kinds=INTEREST_KINDS),
        recent("interest_price_sum", Function.SUM, field=Unit.PRICE, kinds=INTEREST_KINDS),
        recent("item_types", Function.HISTOGRAM, field=Unit.ITEM_TYPE),
        recent("item_locations", Function.HISTOGRAM, field=Unit.ITEM_LOCATION),
        recent("items", Function.DISTINCT, field=Unit.ITEM),
    )


def _price_features() -> tuple[StreamFeature, ...]:
    money = partial(_feature, unit="money")
    ratio = partial(_feature, unit="share")
    number = partial(_feature, unit="number")
    return (
        money("price_center", "Mean price of the items dealt with, each event counting; at least 0.", _center),
        money(
            "price_spread",
            "Standard deviation of the prices of the items dealt with; at least 0.",
            lambda reading: held.spread / FIXED_POINT if (held := _prices(reading)) else None,
        ),
        money(
            "price_min",
            "Lowest price of the items dealt with; at least 0.",
            lambda reading: held.least / FIXED_POINT if (held := _prices(reading)) else None,
        ),
        money(
            "price_max",
            "Highest price of the items dealt with; at least 0.",
            lambda reading: held.most / FIXED_POINT if (held := _prices(reading)) else None,
        ),
        number(
            "price_variation",
            "Coefficient of variation of the prices, deviation over mean; at least 0.",
            lambda reading: held.spread / held.center if (held := _prices(reading)) and held.total else None,
        ),
        ratio(
            "price_range_ratio",
            "(highest - lowest price) / highest price; 0 (one price) to 1.",
            lambda reading: (held.most - held.least) / held.most if (held := _prices(reading)) and held.most else None,
        ),
        money(
            "interest_price_center",
            "Mean price of the items liked, saved, shared, compared, put in the cart, asked for, scheduled, booked or "
            "bought; at least 0.",
            _interest_center,
        ),
        number("price_interest_tilt", "(i - c) / (i + c) of i interest_price_center, c price_center; -1 to 1.", _tilt),
    )


def _type_features() -> tuple[StreamFeature, ...]:
    ratio = partial(_feature, unit="share")
    return (
        ratio(
            "property_type_diversity",
            "Evenness of item types, entropy over its maximum (Pielou 1966); 0 (one type) to 1.",
            lambda reading: evenness(reading["item_types_30d"].values()),
        ),
        _feature(
            "property_type_count",
            "Different item types, 65 for all above 64; 0 to 65.",
            lambda reading: float(len(reading["item_types_30d"])),
            given_when_sparse=True,
            default=0.0,
        ),
        ratio(
            "top_property_type_share",
            "Share of the most frequent item type; above 0 to 1.",
            lambda reading: top_share(reading["item_types_30d"].values()),
        ),
        _feature(
            "preferred_property_type",
            "Most frequent item type, the first in the alphabet of several; as the catalogue writes it.",
            lambda reading: most_frequent(reading["item_types_30d"]),
            unit="category",
            value_type=ValueType.CATEGORY,
        ),
    )


def _location_features() -> tuple[StreamFeature, ...]:
    ratio = partial(_feature, unit="share")
    return (
        ratio(
            "location_concentration",
            "Sum of the squared shares of the items' locations (Herfindahl 1950); above 0 to 1 (one location).",
            lambda reading: concentration(reading["item_locations_30d"].values()),
        ),
        _feature(
            "location_count",
            "Different locations, 65 for all above 64; 0 to 65.",
            lambda reading: float(len(reading["item_locations_30d"])),
            given_when_sparse=True,
            default=0.0,
        ),
    )


def _item_features() -> tuple[StreamFeature, ...]:
    return (
        _feature(
            "item_count",
            "Different items dealt with, estimated above 256; at least 0.",
            lambda reading: reading["items_30d"],
            given_when_sparse=True,
            default=0.0,
        ),
    )


@once
def _prices(reading: Reading) -> _Prices | None:
    count = reading["prices_30d"]
    if not count:
        return None
    total = reading["price_sum_30d"]
    spread = deviation(count, total, reading["price_squares_30d"])
    return _Prices(count, total, spread or 0.0, reading["price_min_30d"], reading["price_max_30d"])


def _center(reading: Reading) -> Value:
    prices = _prices(reading)
    return prices.center / FIXED_POINT if prices else None


def _interest_center(reading: Reading) -> Value:
    count = reading["interest_prices_30d"]
    return reading["interest_price_sum_30d"] / (count * FIXED_POINT) if count else None


def _tilt(reading: Reading) -> Value:
    prices, count = _prices(reading), reading["interest_prices_30d"]
    if prices is None or not count:
        return None
    return balance(reading["interest_price_sum_30d"] / count, prices.center)
