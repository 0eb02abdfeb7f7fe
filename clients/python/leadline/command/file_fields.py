"""Values of fields in JSON files."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

_UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_LENGTH: Final = re.compile(r"(\d{1,9})\s?([smhdw])")
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_LONGEST: Final = 1e10
"""Seconds."""


class WrongField(ValueError):
    """A value is not what its field takes.

    Args:
        place: Of the field, for example ``actions[3].title``.
        rule: What must hold.
    """

    def __init__(self, place: str, rule: str) -> None:
        super().__init__(f"{place} {rule}")
        self.place = place
        self.rule = rule


def text(value: Any, place: str) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise WrongField(place, "must be a text")
    return value


def number(value: Any, place: str) -> float:
    """Return a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongField(place, "must be a number")
    return value


def whole(value: Any, place: str) -> int:
    """Return a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongField(place, "must be a whole number")
    return value


def flag(value: Any, place: str) -> bool:
    """Return a yes or no."""
    if not isinstance(value, bool):
        raise WrongField(place, "must be true or false")
    return value


def listed(value: Any, place: str) -> list[Any]:
    """Return a list."""
    if not isinstance(value, list):
        raise WrongField(place, "must be a list")
    return value


def texts(value: Any, place: str) -> tuple[str, ...]:
    """Return texts."""
    return tuple(text(one, f"{place}[{at}]") for at, one in enumerate(listed(value, place)))


def whole_numbers(value: Any, place: str) -> tuple[int, ...]:
    """Return whole numbers."""
    return tuple(whole(one, f"{place}[{at}]") for at, one in enumerate(listed(value, place)))


def length(value: Any, place: str) -> timedelta:
    """Return a length of time: seconds, or a text like "30m", "4h", "7d"."""
    found = _LENGTH.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        return int(found.group(1)) * _UNITS[found.group(2)]
    if isinstance(value, str | bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST:
        raise WrongField(place, 'must be a number of seconds, or a text like "30m", "4h" or "7d"')
    return timedelta(seconds=value)


def plain_length(value: timedelta) -> str | float:
    """Return a length of time as :func:`length` reads it: in the largest unit that it is a whole number of."""
    for unit in ("d", "h", "m"):
        count, rest = divmod(value, _UNITS[unit])
        if count and not rest:
            return f"{count}{unit}"
    return value.total_seconds()


def minute(value: Any, place: str) -> int:
    """Return a minute of the day: a number, or a text like "21:30"."""
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        return int(found.group(1)) * 60 + int(found.group(2))
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongField(place, 'must be a minute of the day, or a text like "21:30"')
    return value


def plain_minute(value: int) -> str:
    """Return a minute of the day as a text."""
    return f"{value // 60:02}:{value % 60:02}"


def moment(value: Any, place: str) -> datetime:
    """Return a moment; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(text(value, place))
    except ValueError:
        raise WrongField(place, 'must be a time like "2026-03-01T09:00:00Z"') from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
