"""Reads a row of a file as an event."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from hashlib import blake2b
from typing import Any, Final, TypeVar

from leadline.errors import Violation
from leadline.event import DeviceType, Event, EventKind, PageType, ReferrerType
from leadline.leadfile.event_file import FileRow
from leadline.leadfile.problem import file_problem, place
from leadline.leadfile.values import parse_number, parse_text, parse_time, shown

_Member = TypeVar("_Member", bound=Enum)
_MOST: Final = 1_000_000
"""The highest quantity."""
_LONGEST: Final = 1_000
"""Characters of the longest text an event may hold. A call of far longer ones would be refused as a whole."""
_FLAGS: Final = {
    **dict.fromkeys(("true", "yes", "y", "1", "1.0"), True),
    **dict.fromkeys(("false", "no", "n", "0", "0.0"), False),
}


class EventColumns:
    """What the columns of a file mean.

    Args:
        name: Of the file.
        columns: Name of the column of each field that is called otherwise.
        kind: Of rows that do not say; None if they must.
    """

    def __init__(self, name: str, columns: Mapping[str, str], kind: EventKind | None) -> None:
        self._name = name
        self._kind = kind
        self._columns = {field: columns.get(field, field) for field in FIELDS}
        self._needed = {self._columns["lead_id"], *columns.values()}
        if kind is None:
            self._needed.add(self._columns["kind"])

    def check(self, columns: tuple[str, ...]) -> None:
        """Check that a file has what every event needs, and every column that was named.

        Raises:
            InvalidRequest: If it has not: its events would be refused one by one, or recorded without what was meant.
        """
        missing = sorted(self._needed.difference(columns))
        if missing:
            raise file_problem(self._name, f"must have the columns {', '.join(missing)}")

    def unused(self, columns: tuple[str, ...]) -> list[str]:
        """Return the columns of a file that mean nothing."""
        known = set(self._columns.values())
        return [column for column in columns if column and column not in known]

    def column_of(self, field: str) -> str:
        """Return the column of a field of the wire."""
        name = "duration_seconds" if field == "duration" else field
        return self._columns.get(name, name)

    def event(self, row: FileRow) -> Event | list[Violation]:
        """Return a row as an event, or everything that is wrong with it.

        A row without an id of its own gets one that is made of what it says and where it stands, so that the same
        file read again gives the same ids.
        """
        if row.problem:
            return [Violation(field=place(self._name, row=row.number), rule=row.problem)]
        violations: list[Violation] = []
        values: dict[str, Any] = {}
        for field, parse in FIELDS.items():
            cell = row.cells.get(self._columns[field])
            if cell is None or cell == "":
                continue
            try:
                values[field] = parse(cell)
            except ValueError as problem:
                violations.append(self._violation(row, field, str(problem)))
        values.setdefault("kind", self._kind)
        # A kind that cannot be read is told once.
        said = {violation.field for violation in violations}
        for field in ("lead_id", "kind"):
            missing = self._violation(row, field, "must be given")
            if not values.get(field) and missing.field not in said:
                violations.append(missing)
        if violations:
            return violations
        values["duration"] = values.pop("duration_seconds", None)
        values.setdefault("event_id", _id_of(row))
        return Event(**values)

    def _violation(self, row: FileRow, field: str, rule: str) -> Violation:
        return Violation(field=place(self._name, row=row.number, column=self._columns[field]), rule=rule)


def kind_of(cell: object) -> EventKind:
    """Return a kind by its name, for example ``item_viewed`` or ``ITEM_VIEWED``.

    Raises:
        ValueError: If there is none.
    """
    return _word(EventKind)(cell)


def _id_of(row: FileRow) -> str:
    said = repr((row.number, sorted((name, str(cell)) for name, cell in row.cells.items())))
    return f"row-{blake2b(said.encode(), digest_size=16).hexdigest()}"


def _text(cell: object) -> str:
    text = parse_text(cell)
    if len(text) > _LONGEST:
        raise ValueError(f"must be at most {_LONGEST:,} characters, not {len(text):,}")
    return text


def _word(words: type[_Member]) -> Callable[[object], _Member]:
    known = {member.value: member for member in words if member.value != "unknown"}

    def parse(cell: object) -> _Member:
        found = known.get(parse_text(cell).lower())
        if found is None:
            raise ValueError(f"must be one of {', '.join(known)}, not {shown(cell)}")
        return found

    return parse


def _moment(cell: object) -> datetime:
    if isinstance(cell, datetime):
        return cell if cell.tzinfo else cell.replace(tzinfo=UTC)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day, tzinfo=UTC)
    return parse_time(cell)


def _seconds(cell: object) -> timedelta:
    if isinstance(cell, timedelta):
        return cell
    try:
        return timedelta(seconds=_number(cell))
    except OverflowError:
        raise ValueError(f"must be at most 24 hours, not {shown(cell)} seconds") from None


def _number(cell: object) -> float:
    number = parse_number(float(cell) if isinstance(cell, Decimal) else cell)
    if not math.isfinite(number):
        raise ValueError(f"must be a finite number, not {shown(cell)}")
    return number


def _count(cell: object) -> int:
    number = _number(cell)
    if not (number.is_integer() and 1 <= number <= _MOST):
        raise ValueError(f"must be a whole number from 1 to {_MOST:,}, not {shown(cell)}")
    return int(number)


def _flag(cell: object) -> bool:
    found = _FLAGS.get(str(cell).lower())
    if found is None:
        raise ValueError(f"must be true or false, not {shown(cell)}")
    return found


FIELDS: Final[Mapping[str, Callable[[object], Any]]] = {
    "event_id": _text,
    "lead_id": _text,
    "kind": kind_of,
    "occurred_time": _moment,
    "item_id": _text,
    "session_id": _text,
    "agent_id": _text,
    "duration_seconds": _seconds,
    "page_type": _word(PageType),
    "device": _word(DeviceType),
    "referrer": _word(ReferrerType),
    "price": _number,
    "value": _number,
    "quantity": _count,
    "positive": _flag,
    "query": _text,
}
"""Fields of an event, as the columns are called, and how their cells are read."""
