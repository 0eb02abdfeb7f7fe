"""Scaling of features to comparable sizes, fitted in training and shipped in a version."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.errors import InvalidInput, Violation
from core.features.streams.declaration import Value

_FORMAT = 1
_LARGEST = sys.float_info.max


class ScalingMethod(StrEnum):
    """How to scale."""

    MIN_MAX = "min_max"
    """(x - min) / (max - min), cut to [0, 1] outside the range of the training data."""
    Z_SCORE = "z_score"
    """(x - mean) / deviation (of the population); not bounded, but finite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRange:
    """What training saw of one feature.

    Raises:
        InvalidInput: On construction; names every broken field.
    """

    least: float
    most: float
    mean: float
    deviation: float

    def __post_init__(self) -> None:
        rules = (
            ("least", math.isfinite(self.least) and self.least <= self.most, "must be a finite number up to most"),
            ("most", math.isfinite(self.most), "must be a finite number"),
            ("mean", math.isfinite(self.mean), "must be a finite number"),
            ("deviation", math.isfinite(self.deviation) and self.deviation >= 0.0, "must be a finite number >= 0"),
        )
        broken = [Violation(field=name, rule=rule) for name, holds, rule in rules if not holds]
        if broken:
            raise InvalidInput(broken)

    def scale(self, value: float, method: ScalingMethod) -> float:
        """Return the scaled value; 0 of a feature that never varied in training."""
        if method is ScalingMethod.MIN_MAX:
            return min(1.0, max(0.0, _over(value - self.least, self.most - self.least)))
        return max(-_LARGEST, min(_LARGEST, _over(value - self.mean, self.deviation)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureScaling:
    """The ranges of every numeric feature that training saw a value of."""

    ranges: Mapping[str, FeatureRange]

    @classmethod
    def fit(cls, rows: Iterable[Mapping[str, Value]]) -> FeatureScaling:
        """Fit on rows of features.

        Args:
            rows: Values by name, as plans give them. Categories and None are left out.

        Raises:
            InvalidInput: A number is not finite; named as ``rows[3].price_center``.
        """
        seen: dict[str, list[float]] = {}
        for number, row in enumerate(rows):
            for name, value in row.items():
                if isinstance(value, str) or value is None:
                    continue
                if not math.isfinite(value):
                    raise InvalidInput.of(f"rows[{number}].{name}", "must be a finite number")
                seen.setdefault(name, []).append(float(value))
        return cls(ranges={name: _range(values) for name, values in sorted(seen.items())})

    def apply(self, values: Mapping[str, Value], method: ScalingMethod) -> dict[str, Value]:
        """Return the values with every number scaled.

        Categories and None stay as they are. A feature without a range, of which training saw no value, is 0 where it
        is a number: nothing has been learned about it.
        """
        return {name: self._scaled(name, value, method) for name, value in values.items()}

    def to_json(self) -> str:
        """Return the text that :meth:`from_json` reads; the same for the same ranges."""
        ranges = {
            name: [held.least, held.most, held.mean, held.deviation] for name, held in sorted(self.ranges.items())
        }
        return json.dumps({"format": _FORMAT, "ranges": ranges}, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> FeatureScaling:
        """Read what :meth:`to_json` wrote.

        Raises:
            InvalidInput: The text is anything else.
        """
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InvalidInput.of("scaling", "must be JSON") from error
        if not isinstance(content, dict) or content.get("format") != _FORMAT:
            raise InvalidInput.of("scaling.format", f"must be {_FORMAT}")
        ranges = content.get("ranges")
        if not isinstance(ranges, dict):
            raise InvalidInput.of("scaling.ranges", "must be an object")
        return cls(ranges={name: _read(name, held) for name, held in ranges.items()})

    def _scaled(self, name: str, value: Value, method: ScalingMethod) -> Value:
        if isinstance(value, str) or value is None:
            return value
        held = self.ranges.get(name)
        return 0.0 if held is None else held.scale(value, method)


def _range(values: list[float]) -> FeatureRange:
    """Return the range of finite values; sums are rounded once, so that their order does not matter."""
    least, most, count = min(values), max(values), len(values)
    mean = min(most, max(least, math.fsum(value / count for value in values)))
    # Squares are taken relative to the width, so that large values do not overflow.
    width = most - least
    if not width:
        return FeatureRange(least=least, most=most, mean=mean, deviation=0.0)
    squares = math.fsum(((value - mean) / width) ** 2 for value in values)
    return FeatureRange(least=least, most=most, mean=mean, deviation=width * math.sqrt(squares / count))


def _read(name: str, held: Any) -> FeatureRange:
    field = f"scaling.ranges[{name!r}]"
    numbers = isinstance(held, list) and all(type(value) in {int, float} for value in held)
    if not numbers or len(held) != len(FeatureRange.__slots__):
        raise InvalidInput.of(field, "must be four numbers")
    try:
        least, most, mean, deviation = (float(value) for value in held)
        return FeatureRange(least=least, most=most, mean=mean, deviation=deviation)
    except InvalidInput as error:
        raise error.under(field) from None
    except OverflowError:
        raise InvalidInput.of(field, "must be four numbers a float can hold") from None


def _over(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
