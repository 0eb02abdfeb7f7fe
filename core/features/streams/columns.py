"""Events as columns: the form in which a set-based interpreter takes in many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidInput
from core.event import Event


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EventColumns:
    """A table of events: one sequence of values for each field of an Event, all of the same length.

    The rows may be in any order. A sequence number that is there twice is one event that came twice.

    Attributes:
        columns: By the name of the field, for every field.

    Raises:
        InvalidInput: If a field is missing or not of an event, or the columns are of different lengths.
    """

    columns: Mapping[str, Sequence[Any]]

    def __post_init__(self) -> None:
        if self.columns.keys() != set(Event._fields):
            raise InvalidInput.of("columns", "must be the fields of an event")
        if len({len(column) for column in self.columns.values()}) > 1:
            raise InvalidInput.of("columns", "must be of the same length")

    @classmethod
    def of(cls, events: Iterable[Event]) -> EventColumns:
        """Turn events around."""
        rows = tuple(events)
        columns = zip(*rows, strict=True) if rows else ((),) * len(Event._fields)
        return cls(columns=dict(zip(Event._fields, columns, strict=True)))

    def __len__(self) -> int:
        return len(self.columns["sequence"])

    def __getitem__(self, field: str) -> Sequence[Any]:
        return self.columns[field]

    def take(self, positions: Sequence[int]) -> EventColumns:
        """Return the events at these positions, in their order."""
        return EventColumns(
            columns={name: [column[at] for at in positions] for name, column in self.columns.items()},
        )
