"""Reads a file of events, with the columns ``leadline events import`` takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from core.behavior.recording import MAX_AMOUNT_E4, MAX_DURATION_MS, MAX_QUANTITY, microseconds_of
from core.errors import InvalidInput
from core.event import FIXED_POINT, Device, Event, EventKind, PageType, Referrer
from core.identifiers import check_identifier
from training.table.cells import parse_column, parse_moment, parse_number
from training.table.grid import Grid
from training.table.problems import Problems
from training.table.reading import read_grid

REQUIRED = ("lead_id", "kind", "occurred_time")
_MILLISECONDS = 1_000
_FLAGS = {
    **dict.fromkeys(("true", "yes", "y", "1", "1.0"), True),
    **dict.fromkeys(("false", "no", "n", "0", "0.0"), False),
}
_NUMBERS = (
    ("duration_ms", "duration_seconds", (_MILLISECONDS, 0, MAX_DURATION_MS), "must be 0 to 86400 seconds"),
    ("price_e4", "price", (FIXED_POINT, 0, MAX_AMOUNT_E4), "must be a number, 0 to 1e12"),
    ("value_e4", "value", (FIXED_POINT, -MAX_AMOUNT_E4, MAX_AMOUNT_E4), "must be a number, -1e12 to 1e12"),
    ("item_price_e4", "item_price", (FIXED_POINT, 0, MAX_AMOUNT_E4), "must be a number, 0 to 1e12"),
    ("quantity", "quantity", (1, 1, MAX_QUANTITY), f"must be a number, 1 to {MAX_QUANTITY:,}"),
)
"""Field of an event, its column, (factor, least, most) and what is said of others: the limits the server has too."""
_TEXTS = ("item_id", "session_id", "agent_id", "query", "item_type", "item_location", "token_id")

T = TypeVar("T")


def read_events(path: Path) -> list[Event]:
    """Read a CSV file (``.csv``, ``.csv.gz``) or a Parquet file of events.

    Needed are the columns ``lead_id``, ``kind`` and ``occurred_time``. ``recorded_time`` says when the event became
    known; without it, or where it is empty, an event counts as known when it occurred. Of several rows with one
    ``event_id`` the first counts.

    Returns:
        The events by the time they were recorded; their sequence is that order.

    Raises:
        InvalidInput: Names file, line and column of the first 20 problems, and counts the rest.
    """
    problems = Problems(path.name)
    grid = read_grid(path, problems)
    for name in REQUIRED:
        if name not in grid.columns:
            problems.add("must be in the file", column=name)
    problems.check()
    events = _Reader(grid, problems).events()
    problems.check()
    ordered = sorted({event.event_id: event for event in reversed(events)}.values(), key=_recorded)
    return [event._replace(sequence=number) for number, event in enumerate(ordered, start=1)]


def _recorded(event: Event) -> tuple[int, int]:
    return event.recorded_us, event.sequence


class _Reader:
    """Understands the columns of a file; what is wrong is noted with line and column."""

    def __init__(self, grid: Grid, problems: Problems) -> None:
        self._grid = grid
        self._problems = problems

    def events(self) -> list[Event]:
        """Return the rows in the order of the file, their sequence being their place in it."""
        occurred = self._column("occurred_time", _moment_us, "must be a time in ISO 8601, between 1970 and 2100", None)
        recorded = self._column("recorded_time", _moment_us, "must be a time in ISO 8601, between 1970 and 2100", None)
        texts = {name: self._texts(name) for name in _TEXTS}
        found = {
            "lead_id": self._column("lead_id", _identifier, "must be 1 to 128 characters of A-Z a-z 0-9 _ . : -", None),
            "kind": self._column("kind", _member(EventKind), f"must be one of {', '.join(EventKind)}", None),
            "page_type": self._column("page_type", _member(PageType), f"must be one of {', '.join(PageType)}", ""),
            "device": self._column("device", _member(Device), f"must be one of {', '.join(Device)}", ""),
            "referrer": self._column("referrer", _member(Referrer), f"must be one of {', '.join(Referrer)}", ""),
            **{field: self._column(name, _scaled(*limits), rule, None) for field, name, limits, rule in _NUMBERS},
            "positive": self._column("positive", _flag, "must be true or false", None),
            **texts,
        }
        self._complete(occurred, found["lead_id"], found["kind"])
        known = [late if late is not None else early for early, late in zip(occurred, recorded, strict=True)]
        self._in_order(occurred, known)
        self._problems.check()
        ids = self._texts("event_id")
        return [
            Event(
                sequence=position,
                event_id=ids[position] or f"row-{line}",
                occurred_us=occurred[position],
                recorded_us=known[position],
                **{name: values[position] for name, values in found.items()},
            )
            for position, line in enumerate(self._grid.lines)
        ]

    def _texts(self, name: str) -> Sequence[str]:
        return self._grid.columns.get(name) or [""] * len(self._grid.lines)

    def _column(self, name: str, parse: Callable[[str], T | None], rule: str, empty: Any) -> list[Any]:
        texts = self._texts(name)
        values = parse_column(texts, lambda text: parse(text) if text else None)
        for position, (text, value) in enumerate(zip(texts, values, strict=True)):
            if text and value is None:
                self._problems.add(rule, place=self._grid.place(position), column=name)
        return [empty if value is None else value for value in values]

    def _complete(self, *columns: Sequence[Any]) -> None:
        for name, values in zip(("occurred_time", "lead_id", "kind"), columns, strict=True):
            texts = self._texts(name)
            for position, value in enumerate(values):
                if value is None and not texts[position]:
                    self._problems.add("must be given", place=self._grid.place(position), column=name)

    def _in_order(self, occurred: Sequence[int | None], recorded: Sequence[int | None]) -> None:
        for position, (early, late) in enumerate(zip(occurred, recorded, strict=True)):
            if early is not None and late is not None and late < early:
                place = self._grid.place(position)
                self._problems.add("must not be before occurred_time", place=place, column="recorded_time")


def _moment_us(text: str) -> int | None:
    moment = parse_moment(text, None)
    return None if moment is None else microseconds_of(moment)


def _identifier(text: str) -> str | None:
    try:
        return check_identifier(text, "lead_id")
    except InvalidInput:
        return None


def _member(kinds: type[EventKind | PageType | Device | Referrer]) -> Callable[[str], str | None]:
    members = {member.value for member in kinds}
    return lambda text: word if (word := text.lower()) in members else None


def _scaled(factor: int, least: int, most: int) -> Callable[[str], int | None]:
    def parse(text: str) -> int | None:
        number = parse_number(text)
        # Compared before it is rounded: what is too large may be infinite once it is scaled.
        return None if number is None or not least <= number * factor <= most else round(number * factor)

    return parse


def _flag(text: str) -> bool | None:
    return _FLAGS.get(text.casefold())
