"""Rules of the business over the order of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import InvalidInput, Violation
from core.recommend.catalog_view import CatalogView
from core.recommend.filtering import ItemFilter

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MOST_RULES = 20
MOST_PLACES = 100
LEAST_BOOST, MOST_BOOST = 0.1, 10.0
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. Exactly one of its effects is set.

    Raises:
        InvalidInput: On construction; names every broken field.
    """

    name: str
    items: ItemFilter
    """Which items it is about."""
    boost: float | None = None
    """Multiplies their part in the order."""
    most: int | None = None
    """So many of them in the answer at most."""
    least: int | None = None
    """So many of them in the answer at least, if there are that many."""

    def __post_init__(self) -> None:
        found: list[Violation] = []
        if not 1 <= len(self.name) <= LONGEST_NAME:
            found.append(Violation(field="name", rule=f"must be 1 to {LONGEST_NAME} characters"))
        if self.items.is_empty or self.items.include_seen:
            found.append(Violation(field="items", rule="must say which items, and nothing of those seen"))
        if sum(effect is not None for effect in (self.boost, self.most, self.least)) != 1:
            found.append(Violation(field="effect", rule="must be exactly one of boost, most and least"))
        if self.boost is not None and not LEAST_BOOST <= self.boost <= MOST_BOOST:
            found.append(Violation(field="boost", rule=f"must be {LEAST_BOOST} to {MOST_BOOST:g}"))
        if self.most is not None and not 0 <= self.most <= MOST_PLACES:
            found.append(Violation(field="most", rule=f"must be 0 to {MOST_PLACES}"))
        if self.least is not None and not 1 <= self.least <= MOST_PLACES:
            found.append(Violation(field="least", rule=f"must be 1 to {MOST_PLACES}"))
        if found:
            raise InvalidInput(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedRule:
    """A rule with the items it is about."""

    rule: Rule
    flags: Flags
    """(n,)."""


def apply_rules(rules: Sequence[Rule], view: CatalogView) -> list[AppliedRule]:
    """Return rules with the items that each is about."""
    return [AppliedRule(rule=rule, flags=rule.items.passes(view)) for rule in rules]


def boosted(relevance: Floats, applied: Sequence[AppliedRule]) -> Floats:
    """Return relevance, (n,) in [0, 1], times the boosts of the rules; as it was where there are none."""
    boosts = [one for one in applied if one.rule.boost is not None]
    if not boosts:
        return relevance
    moved = relevance.copy()
    for one in boosts:
        moved[one.flags] *= one.rule.boost or 1.0
    return moved


def check_rules(rules: Sequence[Rule]) -> None:
    """Do nothing if the rules may go together.

    Raises:
        InvalidInput: If there are too many, or two have one name.
    """
    if len(rules) > MOST_RULES:
        raise InvalidInput.of("rules", f"must be at most {MOST_RULES}")
    names: set[str] = set()
    for at, rule in enumerate(rules):
        if rule.name in names:
            raise InvalidInput.of(f"rules[{at}].name", "must not be that of another rule")
        names.add(rule.name)
