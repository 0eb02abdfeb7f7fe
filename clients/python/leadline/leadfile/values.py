"""Cells as values."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Final

from leadline.lead import AttributeValue

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FLAGS: Final = {"true": True, "false": False}
_LONGEST_SHOWN: Final = 40
"""Characters of a cell that a message repeats."""


def is_number(text: str) -> bool:
    """Return whether a text is a finite number, by the rule the trainer has: "1_000" is none, "007" is one."""
    if "_" in text:
        return False
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def parse_number(cell: object) -> float:
    """Return a cell as a number.

    Raises:
        ValueError: If it is none.
    """
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return float(cell)
    if isinstance(cell, str) and is_number(cell):
        return float(cell)
    raise ValueError(f"must be a number, not {shown(cell)}")


def parse_text(cell: object) -> str:
    """Return a cell as a text; whole numbers without a decimal point.

    Raises:
        ValueError: If it is a list or an object.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    raise ValueError(f"must be a text, not {shown(cell)}")


def parse_scalar(cell: object) -> AttributeValue:
    """Return a JSON value as an attribute.

    Raises:
        ValueError: If it is a list or an object.
    """
    if isinstance(cell, (str, int, float)):
        return cell
    raise ValueError(f"must be a text, a number, true or false, not {shown(cell)}")


def parse_time(cell: object, date_format: str = "") -> datetime:
    """Return a cell as an aware moment, UTC where it names no zone.

    Args:
        cell: In ``date_format``, in ISO 8601, or as seconds since 1970.
        date_format: As ``datetime.strptime`` reads it; empty if there is none.

    Raises:
        ValueError: If it is none of these.
    """
    moment = _written_moment(cell, date_format) if isinstance(cell, str) else None
    if moment is not None:
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return _EPOCH + timedelta(seconds=parse_number(cell))
    except (ValueError, OverflowError):
        form = f"as {date_format}" if date_format else "like 2026-01-31T09:30:00Z or seconds since 1970"
        raise ValueError(f"must be a time {form}, not {shown(cell)}") from None


def _written_moment(text: str, date_format: str) -> datetime | None:
    if date_format:
        try:
            return datetime.strptime(text, date_format)  # noqa: DTZ007 - the caller adds the zone
        except ValueError:
            pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def parse_attribute(text: str) -> AttributeValue:
    """Return the text of an option as what it is written as: a number, true or false, or itself."""
    return float(text) if is_number(text) else _FLAGS.get(text.lower(), text)


def shown(cell: object) -> str:
    """Return a cell for a message, cut to a readable length."""
    text = repr(cell)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 3]}..."
