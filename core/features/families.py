"""Every family of features, fitted, and its form as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from core.errors import ArtifactRefused, InvalidInput
from core.features.amounts import Amounts
from core.features.attributes import Attributes
from core.features.behavior import Behavior, behavior_from_json, behavior_to_json
from core.features.categorical import Levels
from core.features.category import Category
from core.features.contacts import Contacts
from core.features.declaration import Family
from core.features.history import History, OutcomeTable
from core.features.keywords import KeywordFamilies
from core.features.location import Location
from core.features.statistics import TextStatistics
from core.features.temporal import PostingTime
from core.features.tfidf import TermWeights
from core.version import VECTORIZER_FILE

_FORMAT = 1
_LARGEST_IDF = 100.0
_MOST_LEADS = 10**12


@dataclass(frozen=True, slots=True, kw_only=True)
class Families:
    """The fitted state of all families."""

    keywords: KeywordFamilies
    title_terms: TermWeights
    description_terms: TermWeights
    posting_time: PostingTime
    location: Location
    category: Category
    history: History
    attributes: Attributes
    behavior: Behavior = field(default_factory=Behavior)
    """Last in the vector; without features in a version that looks at no behaviour."""

    def ordered(self) -> tuple[Family, ...]:
        """Return the families in the order of the vector."""
        return (
            TextStatistics("title", self.keywords),
            TextStatistics("description", self.keywords),
            Contacts(),
            Amounts(),
            self.posting_time,
            self.location,
            self.category,
            self.history,
            self.attributes,
            self.title_terms,
            self.description_terms,
            *(() if self.behavior.state is None else (self.behavior,)),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the state as plain JSON values; behaviour only where it is looked at."""
        looked_at = self.behavior.state
        behavior = {} if looked_at is None else {"behavior": behavior_to_json(looked_at)}
        return {
            "format": _FORMAT,
            "keywords": {name: list(entries) for name, entries in self.keywords.lists.items()},
            "title_idf": self.title_terms.idf,
            "description_idf": self.description_terms.idf,
            "time_zone": self.posting_time.time_zone,
            "leads_per_market": self.location.leads_per_market,
            "lead_count": self.location.lead_count,
            "category_groups": _levels_json(self.category.group.levels),
            "categories": _levels_json(self.category.whole.levels),
            "outcome_cells": {name: list(cell) for name, cell in self.history.table.cells().items()},
            "numeric_attributes": list(self.attributes.numeric),
            "categorical_attributes": {
                name: _levels_json(levels) for name, levels in self.attributes.categorical.items()
            },
            **behavior,
        }


def families_from_json(state: dict[str, Any]) -> Families:
    """Rebuild families from ``Families.to_json``.

    Raises:
        ArtifactRefused: If the state is not of that form.
    """
    try:
        if state["format"] != _FORMAT:
            raise ArtifactRefused(VECTORIZER_FILE, f"format {state['format']!r} is unknown")
        return Families(
            keywords=KeywordFamilies({str(k): [str(e) for e in v] for k, v in state["keywords"].items()}),
            title_terms=TermWeights("title", _numbers(state["title_idf"])),
            description_terms=TermWeights("description", _numbers(state["description_idf"])),
            posting_time=PostingTime(str(state["time_zone"])),
            location=Location(_counts(state["leads_per_market"]), _count(state["lead_count"])),
            category=Category(_levels(state["category_groups"]), _levels(state["categories"])),
            history=History(OutcomeTable({str(k): _cell(v) for k, v in state["outcome_cells"].items()})),
            attributes=Attributes(
                _texts(state["numeric_attributes"]),
                {str(k): _levels(v) for k, v in state["categorical_attributes"].items()},
            ),
            behavior=Behavior(behavior_from_json(state["behavior"]) if "behavior" in state else None),
        )
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        IndexError,
        OverflowError,
        OSError,
        ZoneInfoNotFoundError,
        InvalidInput,
    ) as problem:
        raise ArtifactRefused(VECTORIZER_FILE, f"not a fitted state: {type(problem).__name__}") from problem


def _texts(values: list[Any]) -> list[str]:
    return [str(value) for value in values]


def _numbers(values: dict[str, Any]) -> dict[str, float]:
    numbers = {str(key): float(value) for key, value in values.items()}
    if not all(0.0 < number < _LARGEST_IDF for number in numbers.values()):
        raise ValueError
    return numbers


def _counts(values: dict[str, Any]) -> dict[str, int]:
    return {str(key): _count(value) for key, value in values.items()}


def _cell(value: list[Any]) -> tuple[int, int]:
    closed, won = map(_count, value)
    if won > closed:
        raise ValueError
    return closed, won


def _count(value: Any) -> int:
    if not 0 <= value <= _MOST_LEADS:
        raise ValueError
    return int(value)


def _levels_json(levels: Levels) -> dict[str, Any]:
    return {"names": list(levels.names), "missing_as": levels.missing_as, "other_as": levels.other_as}


def _levels(state: dict[str, Any]) -> Levels:
    return Levels(names=tuple(_texts(state["names"])), missing_as=state["missing_as"], other_as=state["other_as"])
