"""Features in words: what each is explained under, which are missing for a lead, and what its value reads like."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from core.explain.points import EVERYTHING_ELSE, ReasonIndex
from core.features.behavior import HAS_EVENTS, BehaviorValues, category_text, has_events
from core.features.categorical import level_text
from core.features.declaration import Feature, FeatureGroup, Row
from core.features.feature_set import FeatureSet
from core.lead import Lead
from core.scoring.wording import attribute_name, number_text, shortened

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOURS_PER_DAY = 24


def reason_index(feature_set: FeatureSet) -> ReasonIndex:
    """Return the reasons of a feature set in the order of their first feature.

    A tenant's attribute may be called like a feature of ours; it is then named with its group: ``Price (attribute)``.
    """
    numbers: dict[tuple[FeatureGroup, str], int] = {}
    of_feature = [numbers.setdefault((f.group, f.reason), len(numbers)) for f in feature_set.features]
    taken = {EVERYTHING_ELSE, *(reason for group, reason in numbers if group is not FeatureGroup.ATTRIBUTE)}
    names: list[str] = []
    for group, reason in numbers:
        names.append(attribute_name(reason, taken) if group is FeatureGroup.ATTRIBUTE else reason)
        taken.add(names[-1])
    return ReasonIndex(
        names=tuple(names),
        groups=tuple(group.value for group, _ in numbers),
        reason_of_feature=np.array(of_feature, dtype=np.int32),
    )


class MissingReasons:
    """Tells which reasons of a version a lead says nothing about."""

    def __init__(self, feature_set: FeatureSet, index: ReasonIndex) -> None:
        features = feature_set.features
        self._reason_of = index.reason_of_feature
        self._attributes = {
            feature.reason: int(reason)
            for feature, reason in zip(features, index.reason_of_feature, strict=True)
            if feature.group is FeatureGroup.ATTRIBUTE
        }
        self._categories = {
            name: int(index.reason_of_feature[position])
            for position, feature in enumerate(features)
            if (name := behavior_category(feature)) is not None
        }
        flag = next((i for i, feature in enumerate(features) if feature.name == HAS_EVENTS), None)
        self._has_events = frozenset() if flag is None else frozenset([int(index.reason_of_feature[flag])])
        self._of_text = {prefix: self._reasons(features, prefix) for prefix in ("title.", "description.", "category.")}
        self._of_text["location."] = self._reasons(features, "location.")

    def _reasons(self, features: tuple[Feature, ...], prefix: str) -> frozenset[int]:
        chosen = (i for i, feature in enumerate(features) if feature.name.startswith(prefix))
        return frozenset(int(self._reason_of[position]) for position in chosen)

    def of(self, lead: Lead, row: Row, behavior: BehaviorValues | None = None) -> frozenset[int]:
        """Return the reasons whose value is missing.

        NaN, an absent attribute, features of an empty text, or behaviour that is not known.
        """
        known = lead.attributes
        missing = {reason for name, reason in self._attributes.items() if not level_text(known.get(name))}
        missing.update(self._reason_of[np.isnan(row)].tolist())
        if behavior is None:
            missing |= self._has_events
        if self._categories:
            missing.update(reason for name, reason in self._categories.items() if not _category_of(name, behavior))
        if not lead.title:
            missing |= self._of_text["title."]
        if not lead.description:
            missing |= self._of_text["description."]
        if not lead.category:
            missing |= self._of_text["category."]
        if not lead.location_name:
            missing |= self._of_text["location."]
        return frozenset(missing)


def value_text(  # noqa: PLR0917  a reason of a lead, and where its value stands
    feature_set: FeatureSet,
    index: ReasonIndex,
    reason: int,
    lead: Lead,
    row: Row,
    behavior: BehaviorValues | None = None,
) -> str:
    """Return a lead's value behind a reason, in words, at most 80 characters."""
    position = index.first_feature[reason]
    feature = feature_set.features[position]
    if feature.group is FeatureGroup.ATTRIBUTE:
        value = lead.attributes.get(feature.reason)
        text = number_text(value) if isinstance(value, float) else level_text(value)
    elif (name := behavior_category(feature)) is not None:
        text = _category_of(name, behavior)
    elif feature.name.startswith("category."):
        text = lead.category if feature.unit == "flag" else _readable(feature, float(row[position]))
    elif feature.name == "location.popularity":
        text = lead.location_name
    else:
        text = _readable(feature, float(row[position]))
    return shortened(text)


def behavior_category(feature: Feature) -> str | None:
    """Return the category of behaviour a column belongs to, None of any other feature."""
    if feature.group is not FeatureGroup.BEHAVIOR or feature.name == HAS_EVENTS:
        return None
    name, is_level, _ = feature.name.removeprefix("behavior:").partition("=")
    return name if is_level else None


def _category_of(name: str, behavior: BehaviorValues | None) -> str:
    return category_text(behavior.get(name)) if has_events(behavior) else ""


def _readable(feature: Feature, value: float) -> str:
    if math.isnan(value):
        return "unknown"
    return _UNITS.get(feature.unit, number_text)(value)


def _age(hours: float) -> str:
    return _counted(hours, "hour") if round(hours) < _HOURS_PER_DAY else _counted(hours / _HOURS_PER_DAY, "day")


def _counted(count: float, unit: str) -> str:
    return f"{count:.0f} {unit}" if round(count) == 1 else f"{count:.0f} {unit}s"


_UNITS: dict[str, Callable[[float], str]] = {
    "days": lambda value: _age(_HOURS_PER_DAY * value),
    "flag": lambda value: "yes" if value else "no",
    "hour": lambda value: f"{int(value):02d}:00",
    "hours": _age,
    "minutes": lambda value: _counted(value, "minute"),
    "per_day": lambda value: f"{number_text(value)} a day",
    "seconds": lambda value: _counted(value, "second"),
    "share": lambda value: f"{100 * value:.1f} %",
    "weekday": lambda value: _WEEKDAYS[int(value) % 7],
    "weight": lambda value: "mentioned" if value else "not mentioned",
    "years": lambda value: _counted(value, "year"),
}
