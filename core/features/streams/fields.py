"""What an event has to add up: one function for each unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from operator import attrgetter

from core.event import Event
from core.features.streams.aggregate import Unit
from core.features.streams.window import DAY_US, HOUR_US

FieldValue = int | str | None
"""Of an event; None and ``""`` mean that the event has none."""

_BEGINNING = date(1970, 1, 1)
_THURSDAY = 3
"""Weekday of 1970-01-01."""

NUMBERS = frozenset(
    {
        Unit.PRICE,
        Unit.VALUE,
        Unit.QUANTITY,
        Unit.DURATION,
        Unit.OCCURRED,
        Unit.HOUR,
        Unit.WEEKDAY,
        Unit.MONTH_OF_YEAR,
        Unit.DAY,
    }
)
"""Units whose values are whole numbers; the others are texts."""


def _price(event: Event) -> int | None:
    return event.item_price_e4 if event.price_e4 is None else event.price_e4


def _hour(event: Event) -> int:
    return event.occurred_us // HOUR_US % 24


def _day(event: Event) -> int:
    return event.occurred_us // DAY_US


def _weekday(event: Event) -> int:
    return (event.occurred_us // DAY_US + _THURSDAY) % 7


def _month_of_year(event: Event) -> int:
    return _month_of_day(event.occurred_us // DAY_US)


@lru_cache(maxsize=4096)
def _month_of_day(day: int) -> int:
    return (_BEGINNING + timedelta(days=day)).month


_WORKED_OUT: dict[Unit, Callable[[Event], FieldValue]] = {
    Unit.PRICE: _price,
    Unit.HOUR: _hour,
    Unit.DAY: _day,
    Unit.WEEKDAY: _weekday,
    Unit.MONTH_OF_YEAR: _month_of_year,
}
FIELDS: Mapping[Unit, Callable[[Event], FieldValue]] = {
    unit: _WORKED_OUT.get(unit) or attrgetter(unit.value) for unit in Unit
}
"""By unit: from an event to its value."""
