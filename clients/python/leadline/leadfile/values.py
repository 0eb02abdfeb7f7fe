"""Cells as values."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from leadline.lead import AttributeValue

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Written as a number and meant as one: no leading zero (a post code), no underscore, no "nan" or "inf".
_NUMBER: Final = re.compile(r"[+-]?(0|[1-9]\d*|(?=\.\d))(\.\d*)?([eE][+-]?\d+)?", re.ASCII)
_ISO_DATE: Final = re.compile(r"\d{8}", re.ASCII)
_FLAGS: Final = {"true": True, "false": False}


def is_number(text: str) -> bool:
    """Return whether a text is written as a finite number."""
    return _NUMBER.fullmatch(text) is not None and math.isfinite(float(text))


def is_flag(text: str) -> bool:
    """Return whether a text says true or false, in any case."""
    return text.lower() in _FLAGS


def parse_flag(text: str) -> bool:
    """Return true or false.

    Raises:
        ValueError: If it is neither.
    """
    try:
        return _FLAGS[text.lower()]
    except KeyError:
        raise ValueError("must be true or false") from None


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


def parse_time(cell: object) -> datetime:
    """Return a cell as an aware moment: ISO 8601 (UTC where it names no zone) or seconds since 1970.

    Eight digits are a date like 20260131: as seconds they would be of the early seventies.

    Raises:
        ValueError: If it is neither.
    """
    problem = f"must be a time like 2026-01-31T09:30:00Z or seconds since 1970, not {shown(cell)}"
    try:
        if isinstance(cell, str) and (_ISO_DATE.fullmatch(cell) or not is_number(cell)):
            moment = datetime.fromisoformat(cell)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return _EPOCH + timedelta(seconds=parse_number(cell))
    except (ValueError, OverflowError):
        raise ValueError(problem) from None


def parse_attribute(text: str) -> AttributeValue:
    """Return a text as what it is written as: a number, true or false, or itself."""
    if is_number(text):
        return float(text)
    return parse_flag(text) if is_flag(text) else text


def shown(cell: object) -> str:
    """Return a cell for a message, cut to a readable length."""
    text = repr(cell)
    return text if len(text) <= 40 else f"{text[:37]}..."  # noqa: PLR2004 - characters, both here and only here
