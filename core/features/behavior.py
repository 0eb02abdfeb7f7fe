"""Features: what a lead has done up to the moment it is judged at, as training saw such leads."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from core.event import EventKind
from core.features.categorical import MISSING, OTHER, Levels, OneHot, learn_levels
from core.features.declaration import Feature, FeatureGroup, Row
from core.features.readable import readable
from core.features.streams.declaration import StreamFeature, StreamPlan, Value, ValueType
from core.features.view import LeadView

EVENT_COUNT = "total_interactions"
"""The feature of a plan that counts all events: 0 of a lead without any."""
HAS_EVENTS = "behavior:has_events"
MOST_FEATURES = 1_000
_NOT_A_VALUE = frozenset({EventKind.OUTCOME_RECORDED.value})
"""Categories that tell how a lead ended; read as "not known"."""
_FLOAT32_MAX = 3.0e38

BehaviorValues = Mapping[str, Value]
"""The features of a plan at one moment, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BehaviorNumber:
    """A numeric feature of the plan, as it was when the version was trained."""

    name: str
    unit: str
    window: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BehaviorCategory:
    """A categorical feature of the plan, with the levels training saw."""

    name: str
    window: str
    version: int
    levels: Levels


@dataclass(frozen=True, slots=True, kw_only=True)
class BehaviorState:
    """What was learned of leads' behaviour."""

    plan_hash: str
    """Of the plan the values came from: values of another plan do not mean the same."""
    numbers: tuple[BehaviorNumber, ...]
    categories: tuple[BehaviorCategory, ...]

    def __post_init__(self) -> None:
        names = [number.name for number in self.numbers] + [category.name for category in self.categories]
        if len(set(names)) < len(names) or len(names) > MOST_FEATURES:
            raise ValueError


class Behavior:
    """Numbers as they are (NaN when not known), categories as one-hot columns, and whether there are events at all.

    A lead without events has no numbers, whatever their defaults are, and so has one whose events cannot be read: the
    flag tells trees that such leads are a kind of their own, which they have seen.

    Args:
        state: What was learned; None: the version looks at no behaviour, and the family has no features.
    """

    def __init__(self, state: BehaviorState | None = None) -> None:
        self.state = state
        self._names: tuple[str, ...] = ()
        self._one_hots: list[tuple[str, int, OneHot]] = []
        self.features: tuple[Feature, ...] = ()
        if state is not None:
            self._declare(state)

    def _declare(self, state: BehaviorState) -> None:
        self._names = tuple(number.name for number in state.numbers)
        features = [
            Feature(name=HAS_EVENTS, group=FeatureGroup.BEHAVIOR, reason="Has events", unit="flag", default=0.0),
            *(_number_feature(number) for number in state.numbers),
        ]
        for category in state.categories:
            one_hot = OneHot(
                _feature_name(category.name), readable(category.name), FeatureGroup.BEHAVIOR, category.levels
            )
            self._one_hots.append((category.name, len(features), one_hot))
            features.extend(replace(f, window=category.window, version=category.version) for f in one_hot.features)
        self.features = tuple(features)

    def write(self, view: LeadView, row: Row, start: int) -> None:
        """See :class:`core.features.declaration.Family`."""
        numbers = slice(start + 1, start + 1 + len(self._names))
        values = view.behavior
        if not has_events(values):
            row[numbers] = math.nan
            for _, offset, one_hot in self._one_hots:
                row[start + offset + one_hot.column("")] = 1.0
            return
        get = values.get
        row[start] = 1.0
        row[numbers] = [_number(get(name)) for name in self._names]
        for name, offset, one_hot in self._one_hots:
            row[start + offset + one_hot.column(category_text(get(name)))] = 1.0


def has_events(values: BehaviorValues | None) -> TypeGuard[BehaviorValues]:
    """Return whether values are known and of a lead with events."""
    return values is not None and bool(values.get(EVENT_COUNT))


def learn_behavior(plan: StreamPlan, rows: Sequence[BehaviorValues | None]) -> BehaviorState:
    """Learn the family from training leads.

    Args:
        plan: Where the values come from. Times are not learned from: they only rise.
        rows: Of each lead as of its moment; None: not known.
    """
    return BehaviorState(
        plan_hash=plan.hash,
        numbers=tuple(
            BehaviorNumber(name=feature.name, unit=feature.unit, window=feature.window, version=feature.version)
            for feature in plan.features
            if feature.value_type is ValueType.NUMBER
        ),
        categories=tuple(
            _learned(feature, rows) for feature in plan.features if feature.value_type is ValueType.CATEGORY
        ),
    )


def category_text(value: Value) -> str:
    """Return a category as a level; empty: not known."""
    if not isinstance(value, str) or value in _NOT_A_VALUE or value in {OTHER, MISSING}:
        return ""
    return value


def behavior_to_json(state: BehaviorState) -> dict[str, Any]:
    """Return the state as plain JSON values."""
    return {
        "plan_hash": state.plan_hash,
        "numbers": [[number.name, number.unit, number.window, number.version] for number in state.numbers],
        "categories": [
            {
                "name": category.name,
                "window": category.window,
                "version": category.version,
                "levels": list(category.levels.names),
                "missing_as": category.levels.missing_as,
                "other_as": category.levels.other_as,
            }
            for category in state.categories
        ],
    }


def behavior_from_json(content: dict[str, Any]) -> BehaviorState:
    """Rebuild what :func:`behavior_to_json` wrote.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: If it is anything else.
    """
    return BehaviorState(
        plan_hash=_text(content["plan_hash"]),
        numbers=tuple(
            BehaviorNumber(name=_text(name), unit=_text(unit), window=_text(window), version=_version(version))
            for name, unit, window, version in content["numbers"]
        ),
        categories=tuple(
            BehaviorCategory(
                name=_text(category["name"]),
                window=_text(category["window"]),
                version=_version(category["version"]),
                levels=Levels(
                    names=tuple(map(_text, category["levels"])),
                    missing_as=_text(category["missing_as"]),
                    other_as=_text(category["other_as"]),
                ),
            )
            for category in content["categories"]
        ),
    )


def _learned(feature: StreamFeature, rows: Sequence[BehaviorValues | None]) -> BehaviorCategory:
    levels = learn_levels(category_text(values.get(feature.name)) if has_events(values) else "" for values in rows)
    return BehaviorCategory(name=feature.name, window=feature.window, version=feature.version, levels=levels)


def _number_feature(number: BehaviorNumber) -> Feature:
    return Feature(
        name=_feature_name(number.name),
        group=FeatureGroup.BEHAVIOR,
        reason=readable(number.name, number.unit),
        unit=number.unit,
        window=number.window,
        version=number.version,
    )


def _feature_name(name: str) -> str:
    return f"behavior:{name}"


def _number(value: Value) -> float:
    if isinstance(value, (float, int)) and -_FLOAT32_MAX < value < _FLOAT32_MAX:
        return value
    return math.nan


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _version(value: Any) -> int:
    if type(value) is not int or not 0 < value < 2**31:
        raise ValueError
    return value
