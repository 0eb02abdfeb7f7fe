"""What the text of a cell means: a number, a moment, a value to compare."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from core.lead import EARLIEST, LATEST

T = TypeVar("T")


def parse_number(text: str) -> float | None:
    """Return a finite number written plainly ("1200.5", "-3", "1e5"), or None."""
    if "_" in text:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def parse_moment(text: str, date_format: str | None) -> datetime | None:
    """Return an aware moment between 1970 and 2100 in UTC, or None; a time without a zone is UTC.

    Args:
        text: The cell.
        date_format: As ``datetime.strptime`` reads it. ISO 8601 is always understood.
    """
    moment = _naive_or_aware(text, date_format)
    if moment is None:
        return None
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None
    return moment if EARLIEST <= moment < LATEST else None


def _naive_or_aware(text: str, date_format: str | None) -> datetime | None:
    if date_format is not None:
        try:
            return datetime.strptime(text, date_format)  # noqa: DTZ007  the caller adds the zone
        except ValueError:
            pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def comparable(text: str) -> str:
    """Return a text without differences that mean nothing: case, spaces, and the fraction of a whole number."""
    number = parse_number(text)
    if number is not None and number == int(number):
        return str(int(number))
    return " ".join(text.casefold().split())


def parse_column(texts: Sequence[str], parse: Callable[[str], T]) -> list[T]:
    """Parse a column, each different text once: columns repeat themselves."""
    known = {text: parse(text) for text in set(texts)}
    return [known[text] for text in texts]
