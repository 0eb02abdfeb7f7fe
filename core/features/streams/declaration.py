"""A feature of a stream of events, and a plan: all features of one kind of entity."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from core.features.streams.aggregate import Aggregate

Value = float | str | None
"""Of a feature: a number, a category, or None for "not known". Times are microseconds since 1970 UTC, as float."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The aggregates of one entity at one moment; what features are computed from, live and for the past."""

    aggregates: Mapping[str, Any]
    """By name; see :class:`core.features.streams.aggregate.Function` for the types."""
    moment_us: int

    def __getitem__(self, name: str) -> Any:
        return self.aggregates[name]


class ValueType(StrEnum):
    """What a value is."""

    NUMBER = "number"
    CATEGORY = "category"
    TIME = "time"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFeature:
    """The declaration of one feature: the one place that says how it is computed.

    Attributes:
        name: Unique within its plan, stable.
        family: The extractor it belongs to, for example ``"lead_behavior"`` or ``"session"``.
        description: One sentence: what it is, and its range.
        unit: As in :class:`core.features.declaration.Feature`, also ``days``, ``minutes``, ``seconds``, ``per_day``,
            ``score``, ``category``, ``time``.
        value_type: Number, category or time.
        window: Name of the window it looks at.
        default: The value where there is too little to compute it from, or the newest event is older than ``ttl_us``.
        ttl_us: After so long without any event the default holds; 0: never.
        version: Rises when the computation changes.
        compute: From a reading to the value; None means the default. Plain Python on whole numbers and floats, the
            same code for live values and for the past.
    """

    name: str
    family: str
    description: str
    compute: Callable[[Reading], Value]
    unit: str = "count"
    value_type: ValueType = ValueType.NUMBER
    window: str = "ever"
    default: Value = None
    ttl_us: int = 0
    version: int = 1

    def signature(self) -> list[str | int]:
        """Return what a plan's hash is made of."""
        return [self.name, self.unit, self.value_type.value, self.window, repr(self.default), self.ttl_us, self.version]


@dataclass(frozen=True, kw_only=True)
class StreamPlan:
    """All features of one kind of entity: from it come the live values and the values of the past.

    Attributes:
        name: ``"lead"`` or ``"lead_item"``: what the entity is. Events without an item do not count for lead_item.
        aggregates: What is added up.
        features: What is computed from them.
        count_name: Aggregate that counts all events ever; where it is 0 every feature has its default.
        last_name: Aggregate that holds the time of the newest event, for TTLs.
    """

    name: str
    aggregates: tuple[Aggregate, ...]
    features: tuple[StreamFeature, ...]
    count_name: str
    last_name: str

    def values(self, reading: Reading) -> dict[str, Value]:
        """Return every feature at the reading's moment, by name: the one way from aggregates to features."""
        if not reading[self.count_name]:
            return {feature.name: feature.default for feature in self.features}
        age_us = reading.moment_us - reading[self.last_name]
        values: dict[str, Value] = {}
        for name, compute, default, ttl_us in self._computed:
            value = None if 0 < ttl_us < age_us else compute(reading)
            values[name] = default if value is None else value
        return values

    @cached_property
    def _computed(self) -> tuple[tuple[str, Callable[[Reading], Value], Value, int], ...]:
        """What :meth:`values` needs of each feature, at hand: it is asked for with every score."""
        return tuple((one.name, one.compute, one.default, one.ttl_us) for one in self.features)

    @cached_property
    def hash(self) -> str:
        """SHA-256, hexadecimal, over the ordered declarations of aggregates and features."""
        declared = [[repr(_plain(aggregate)) for aggregate in self.aggregates], [f.signature() for f in self.features]]
        return hashlib.sha256(json.dumps(declared, separators=(",", ":")).encode()).hexdigest()


def _plain(aggregate: Aggregate) -> list[Any]:
    """Return a form whose text is the same in every process: sets have no order."""
    return [
        aggregate.name,
        aggregate.function.value,
        aggregate.field.value if aggregate.field else None,
        sorted(aggregate.kinds),
        sorted(aggregate.pages),
        sorted(aggregate.devices),
        aggregate.positive,
        (aggregate.window.span_us, aggregate.window.step_us),
        aggregate.half_life_us,
        aggregate.gap_us,
    ]
