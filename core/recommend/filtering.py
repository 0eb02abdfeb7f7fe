"""Which items may be recommended."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt

from core.errors import InvalidInput, Violation
from core.recommend.catalog_view import CatalogView
from core.recommend.item import LARGEST_PRICE

Flags = npt.NDArray[np.bool_]

MOST_NAMES = 100
"""Types, places or attributes in one filter."""
MOST_EXCLUDED = 1_000
LONGEST_TEXT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """What items must be. Texts are compared without regard to case and spaces.

    Raises:
        InvalidInput: On construction; names every broken field.
    """

    item_types: Sequence[str] = ()
    """Empty: all."""
    location_names: Sequence[str] = ()
    """Empty: all."""
    min_price: float | None = None
    max_price: float | None = None
    excluded_item_ids: Collection[str] = ()
    include_seen: bool = False
    attribute_texts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        violations = _violations(self)
        if violations:
            raise InvalidInput(violations)

    @property
    def is_empty(self) -> bool:
        """Whether every item passes, seen ones aside."""
        return not (
            self.item_types
            or self.location_names
            or self.min_price is not None
            or self.max_price is not None
            or self.excluded_item_ids
            or self.attribute_texts
        )

    def passes(self, view: CatalogView) -> Flags:
        """Return which items pass, seen or not, (n,). What few kinds of callers ask for is worked out once a view."""
        key = (
            tuple(self.item_types),
            tuple(self.location_names),
            self.min_price,
            self.max_price,
            tuple(sorted(self.attribute_texts.items())),
        )
        passing = view.kept(key, partial(self._passing, view)).copy()
        clear(passing, view, self.excluded_item_ids)
        return passing

    def _passing(self, view: CatalogView) -> Flags:
        """Return which items pass but for those that are named, (n,)."""
        passing = np.ones(view.count, dtype=np.bool_)
        if self.item_types:
            passing &= view.of_types(self.item_types)
        if self.location_names:
            passing &= view.at_locations(self.location_names)
        # An unknown price is not a number: it is neither above nor below anything.
        if self.min_price is not None:
            passing &= view.columns.price >= self.min_price
        if self.max_price is not None:
            passing &= view.columns.price <= self.max_price
        for name, text in self.attribute_texts.items():
            passing &= view.with_attribute(name, text)
        return passing


def clear(flags: Flags, view: CatalogView, item_ids: Collection[str]) -> None:
    """Set the flags of some items to False; items that are not known are passed over."""
    positions = [position for position in map(view.position, item_ids) if position is not None]
    flags[positions] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Which items may be recommended now."""

    flags: Flags
    """(n,)."""
    left_out: Mapping[str, int]
    """How many were left out, by the first reason of: unavailable, seen, filtered. Deleted items are not counted."""


def allowed_items(view: CatalogView, wanted: ItemFilter, seen: Collection[str]) -> Allowed:
    """Return which items may be recommended to a lead.

    Args:
        view: The catalogue.
        wanted: What they must be.
        seen: Items the lead has done something with.
    """
    available = view.columns.is_available & ~view.columns.is_deleted
    available_count = _count(available)
    counts = {"unavailable": view.count - _count(view.columns.is_deleted) - available_count}
    unseen, unseen_count = available, available_count
    if not wanted.include_seen and seen:
        clear(unseen, view, seen)
        unseen_count = _count(unseen)
    counts["seen"] = available_count - unseen_count
    passing = unseen if wanted.is_empty else unseen & wanted.passes(view)
    counts["filtered"] = unseen_count - _count(passing)
    return Allowed(flags=passing, left_out={name: count for name, count in counts.items() if count})


def _count(flags: Flags) -> int:
    return int(np.count_nonzero(flags))


def _violations(wanted: ItemFilter) -> list[Violation]:
    found: list[Violation] = []

    def check(holds: bool, name: str, rule: str) -> None:
        if not holds:
            found.append(Violation(field=name, rule=rule))

    for name in ("item_types", "location_names", "attribute_texts"):
        check(len(getattr(wanted, name)) <= MOST_NAMES, name, f"must have at most {MOST_NAMES} entries")
    for name in ("item_types", "location_names"):
        for at, text in enumerate(getattr(wanted, name)[:MOST_NAMES]):
            check(0 < len(text) <= LONGEST_TEXT, f"{name}[{at}]", "must be 1 to 1,000 characters")
    for key, text in list(wanted.attribute_texts.items())[:MOST_NAMES]:
        fits = 0 < len(key) <= LONGEST_TEXT and 0 < len(text) <= LONGEST_TEXT
        check(fits, "attribute_texts", "must have names and texts of 1 to 1,000 characters")
    check(len(wanted.excluded_item_ids) <= MOST_EXCLUDED, "excluded_item_ids", "must have at most 1,000 entries")
    for name in ("min_price", "max_price"):
        price = getattr(wanted, name)
        fits = price is None or (math.isfinite(price) and 0.0 <= price <= LARGEST_PRICE)
        check(fits, name, "must be 0 to 1e12")
    if wanted.min_price is not None and wanted.max_price is not None:
        check(wanted.min_price <= wanted.max_price, "max_price", "must not be below min_price")
    return found
