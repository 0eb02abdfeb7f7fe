"""What an event has to add up, as expressions over the table ``incoming`` of events as they were recorded."""

from __future__ import annotations

from collections.abc import Mapping

from core.features.streams.aggregate import Unit
from core.features.streams.fields import NUMBERS
from core.features.streams.window import DAY_US, HOUR_US

_THURSDAY = 3
"""Weekday of 1970-01-01."""


def remainder(number: str, divisor: int) -> str:
    """Return the remainder of a division that rounds down; SQL's own rounds towards zero."""
    return f"((({number}) % {divisor:d} + {divisor:d}) % {divisor:d})"


def quotient(number: str, divisor: int) -> str:
    """Return the quotient of a division that rounds down."""
    return f"((({number}) - {remainder(number, divisor)}) // {divisor:d})"


_DAY = quotient("occurred_us", DAY_US)
_WORKED_OUT: Mapping[Unit, str] = {
    Unit.PRICE: "coalesce(price_e4, item_price_e4)",
    Unit.DAY: _DAY,
    Unit.HOUR: f"({remainder('occurred_us', DAY_US)} // {HOUR_US:d})",
    Unit.WEEKDAY: remainder(f"{_DAY} + {_THURSDAY:d}", 7),
    # A timestamp without a zone: the calendar alone, whatever the machine's clock is set to.
    Unit.MONTH_OF_YEAR: "month(make_timestamp(occurred_us))",
}


def is_number(unit: Unit) -> bool:
    """Return whether the unit's values are whole numbers; the others are texts."""
    return unit in NUMBERS


def value_of(unit: Unit) -> str:
    """Return the expression of a unit's value: BIGINT or VARCHAR, NULL where an event has none."""
    if is_number(unit):
        return f"CAST({_WORKED_OUT.get(unit, unit.value)} AS BIGINT)"
    return f"nullif({unit.value}, '')"
