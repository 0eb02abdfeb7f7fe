"""What a ranker sees of a lead: its facts as numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from core.criteria.facts import Facts, FactValue
from core.errors import InvalidInput

Singles = npt.NDArray[np.float32]
FURTHEST = 5.0
"""Standard deviations from the mean; what lies further counts as that far."""


class RankerField(Enum):
    """How a fact becomes numbers."""

    NUMBER = "number"
    """Its distance from the mean in standard deviations, and 1 where it is missing."""
    FLAG = "flag"
    """1 where it holds, and 1 where it is missing."""
    TEXT = "text"
    """1 for the level it is; all 0 for another one or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldEncoding:
    """How one fact is seen.

    Raises:
        InvalidInput: On construction.
    """

    name: str
    kind: RankerField
    mean: float = 0.0
    scale: float = 1.0
    """Of a number: the standard deviation, above 0."""
    levels: tuple[str, ...] = ()
    """Of a text."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and math.isfinite(self.scale) and self.scale > 0.0):
            raise InvalidInput.of(f"fields[{self.name}]", "must have a finite mean and a scale above 0")

    @property
    def width(self) -> int:
        """How many numbers it becomes."""
        return len(self.levels) if self.kind is RankerField.TEXT else 2

    def numbers(self, value: FactValue | None) -> list[float]:
        """Return the numbers of one value, None where it is missing or of another type."""
        if self.kind is RankerField.TEXT:
            return [float(value == level) for level in self.levels]
        if self.kind is RankerField.FLAG:
            return [float(value), 0.0] if isinstance(value, bool) else [0.0, 1.0]
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            return [0.0, 1.0]
        return [max(-FURTHEST, min(FURTHEST, (value - self.mean) / self.scale)), 0.0]


def encode(fields: Sequence[FieldEncoding], facts: Facts) -> Singles:
    """Return what a ranker sees of a lead, float32 (sum of the fields' widths,)."""
    row: list[float] = []
    for field in fields:
        row += field.numbers(facts.get(field.name))
    return np.array(row, dtype=np.float32)


def width_of(fields: Sequence[FieldEncoding]) -> int:
    """Return how many numbers a ranker sees."""
    return sum(field.width for field in fields)
