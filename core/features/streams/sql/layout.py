"""Which columns the tables of a plan have, and what they are called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from core.features.streams.aggregate import Aggregate, Function, Unit
from core.features.streams.declaration import StreamPlan
from core.features.streams.sql.units import is_number
from core.features.streams.window import Window

_CODED = frozenset({Function.DISTINCT, Function.HISTOGRAM})
_AT_ONE_END = frozenset({Function.FIRST, Function.LAST})
_ARITHMETIC = frozenset({Function.SUM, Function.SQUARES, Function.MIN, Function.MAX, Function.DECAYED})


@dataclass(frozen=True, slots=True)
class Condition:
    """Which events an aggregate adds up, its window aside: a column of the table of events."""

    kinds: tuple[str, ...]
    pages: tuple[str, ...]
    devices: tuple[str, ...]
    positive: bool | None
    field: Unit | None

    @classmethod
    def of(cls, aggregate: Aggregate) -> Condition:
        """Return the condition of an aggregate; many share one."""
        return cls(
            kinds=tuple(sorted(kind.value for kind in aggregate.kinds)),
            pages=tuple(sorted(aggregate.pages)),
            devices=tuple(sorted(aggregate.devices)),
            positive=aggregate.positive,
            field=aggregate.field,
        )


@dataclass(frozen=True)
class Layout:
    """The tables that answer a plan.

    Attributes:
        aggregates: Of the plan.
        keys: Columns that say whose an event is.
    """

    aggregates: tuple[Aggregate, ...]
    keys: tuple[str, ...]

    @classmethod
    def of(cls, plan: StreamPlan) -> Layout:
        """Return the layout of a plan."""
        return cls(plan.aggregates, ("lead_id", "item_id") if plan.name == "lead_item" else ("lead_id",))

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition once."""
        return tuple(dict.fromkeys(map(Condition.of, self.aggregates)))

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """Every window once."""
        return tuple(dict.fromkeys(aggregate.window for aggregate in self.aggregates))

    @cached_property
    def half_lives(self) -> tuple[int, ...]:
        """Half-lives in microseconds, each once."""
        return tuple(dict.fromkeys(a.half_life_us for a in self.aggregates if a.function is Function.DECAYED))

    @cached_property
    def coded(self) -> tuple[Unit, ...]:
        """Units whose values stand as codes: texts, and what is told apart by hashes."""
        return _units(a for a in self.aggregates if a.function in _CODED or _is_text_at_an_end(a))

    @cached_property
    def numbers(self) -> tuple[Unit, ...]:
        """Units whose values stand as they are."""
        return _units(a for a in self.aggregates if a.function in _ARITHMETIC or _is_number_at_an_end(a))

    def condition(self, aggregate: Aggregate) -> str:
        """Return the column that is true where an event counts for an aggregate."""
        return f"counts_{self.conditions.index(Condition.of(aggregate)):d}"

    def start(self, window: Window) -> str:
        """Return the column of a row's first microsecond within a window."""
        return f"start_{self.windows.index(window):d}"

    def decay(self, half_life_us: int) -> tuple[str, str]:
        """Return the columns of an event's whole number of half-lives and of its weight there (``decay``)."""
        place = self.half_lives.index(half_life_us)
        return f"whole_{place:d}", f"weight_{place:d}"

    def now(self, half_life_us: int) -> str:
        """Return the column of a row's whole number of half-lives."""
        return f"now_{self.half_lives.index(half_life_us):d}"


def number_column(unit: Unit) -> str:
    """Return the column of a unit's number."""
    return f"number_{unit.value}"


def code_column(unit: Unit) -> str:
    """Return the column of a unit's code."""
    return f"code_{unit.value}"


def code_table(unit: Unit) -> str:
    """Return the table that says which value a code stands for."""
    return f"codes_{unit.value}"


def is_code(aggregate: Aggregate) -> bool:
    """Return whether an aggregate's result holds codes."""
    return aggregate.function in _CODED or _is_text_at_an_end(aggregate)


def _is_text_at_an_end(aggregate: Aggregate) -> bool:
    return aggregate.function in _AT_ONE_END and aggregate.field is not None and not is_number(aggregate.field)


def _is_number_at_an_end(aggregate: Aggregate) -> bool:
    return aggregate.function in _AT_ONE_END and not _is_text_at_an_end(aggregate)


def _units(aggregates: Iterable[Aggregate]) -> tuple[Unit, ...]:
    return tuple(dict.fromkeys(a.field for a in aggregates if a.field is not None))
