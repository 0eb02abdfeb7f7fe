"""Features in words: what each is explained under, which are missing for a lead, and what its value reads like."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from core.explain.points import ReasonIndex
from core.features.categorical import level_text
from core.features.declaration import Feature, FeatureGroup, Row
from core.features.feature_set import FeatureSet
from core.lead import Lead

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOURS_PER_DAY = 24
_LONGEST_VALUE = 80
_MANY = 1000.0


def reason_index(feature_set: FeatureSet) -> ReasonIndex:
    """Return the reasons of a feature set in the order of their first feature."""
    names: dict[str, int] = {}
    groups: list[str] = []
    of_feature = np.empty(len(feature_set), dtype=np.int32)
    for position, feature in enumerate(feature_set.features):
        if feature.reason not in names:
            names[feature.reason] = len(names)
            groups.append(feature.group.value)
        of_feature[position] = names[feature.reason]
    return ReasonIndex(names=tuple(names), groups=tuple(groups), reason_of_feature=of_feature)


class MissingReasons:
    """Tells which reasons of a version a lead says nothing about."""

    def __init__(self, feature_set: FeatureSet, index: ReasonIndex) -> None:
        features = feature_set.features
        self._reason_of = index.reason_of_feature
        self._attributes = [
            (name, reason)
            for reason, (name, group) in enumerate(zip(index.names, index.groups, strict=True))
            if group == FeatureGroup.ATTRIBUTE.value
        ]
        self._of_text = {prefix: self._reasons(features, prefix) for prefix in ("title.", "description.", "category.")}
        self._of_text["location."] = self._reasons(features, "location.")

    def _reasons(self, features: tuple[Feature, ...], prefix: str) -> frozenset[int]:
        chosen = (i for i, feature in enumerate(features) if feature.name.startswith(prefix))
        return frozenset(int(self._reason_of[position]) for position in chosen)

    def of(self, lead: Lead, row: Row) -> frozenset[int]:
        """Return the reasons whose value is missing: NaN, an absent attribute, or features of an empty text."""
        known = lead.attributes
        missing = {reason for name, reason in self._attributes if name not in known}
        missing.update(self._reason_of[np.isnan(row)].tolist())
        if not lead.title:
            missing |= self._of_text["title."]
        if not lead.description:
            missing |= self._of_text["description."]
        if not lead.category:
            missing |= self._of_text["category."]
        if not lead.location_name:
            missing |= self._of_text["location."]
        return frozenset(missing)


def value_text(feature_set: FeatureSet, index: ReasonIndex, reason: int, lead: Lead, row: Row) -> str:
    """Return a lead's value behind a reason, in words, at most 80 characters."""
    position = int(np.argmax(index.reason_of_feature == reason))
    feature = feature_set.features[position]
    if feature.group is FeatureGroup.ATTRIBUTE:
        value = lead.attributes.get(feature.reason)
        text = _number(value) if isinstance(value, float) else level_text(value)
    elif feature.name.startswith("category."):
        text = lead.category if feature.unit == "flag" else _readable(feature, float(row[position]))
    elif feature.name == "location.popularity":
        text = lead.location_name
    else:
        text = _readable(feature, float(row[position]))
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _readable(feature: Feature, value: float) -> str:
    if math.isnan(value):
        return "unknown"
    return _UNITS.get(feature.unit, _number)(value)


def _number(value: float) -> str:
    if value == int(value) or abs(value) >= _MANY:
        return f"{value:,.0f}"
    return f"{value:,.3g}"


def _age(hours: float) -> str:
    if hours < _HOURS_PER_DAY:
        return f"{hours:.0f} hours"
    return f"{hours / _HOURS_PER_DAY:.0f} days"


_UNITS: dict[str, Callable[[float], str]] = {
    "flag": lambda value: "yes" if value else "no",
    "hour": lambda value: f"{int(value):02d}:00",
    "hours": _age,
    "share": lambda value: f"{100 * value:.1f} %",
    "weekday": lambda value: _WEEKDAYS[int(value) % 7],
    "weight": lambda value: "mentioned" if value else "not mentioned",
    "years": lambda value: f"{value:.0f} years",
}
