"""A catalogue in memory: its items, and columns over which a hundred thousand of them are filtered at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from core.recommend.catalog import CatalogChange
from core.recommend.item import Item

Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Kind = TypeVar("Kind", bound=np.generic)

MOST_ATTRIBUTES_INDEXED = 16
"""Attributes that a column is kept for once somebody filters by them."""
MOST_FLAGS_KEPT = 32
"""Filters whose flags a view keeps; then all are let go."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_CODE = -1


@lru_cache(maxsize=16_384)
def folded(text: str) -> str:
    """Return what two texts have in common that differ in case and spaces only."""
    return " ".join(text.casefold().split())


class TextCodes:
    """Numbers for texts. Texts are only added, so that views of one catalogue may share it."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def code(self, text: str) -> int:
        """Return the number of a text, a new one for a new text."""
        return self._codes.setdefault(folded(text), len(self._codes))

    def known(self, texts: Iterable[str]) -> Sequence[int]:
        """Return the numbers of those texts that have one."""
        return [self._codes[key] for key in map(folded, texts) if key in self._codes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What items are filtered by, each (n,)."""

    price: Floats
    """NaN: not known."""
    item_type: Codes
    location: Codes
    is_available: Flags
    is_deleted: Flags
    created_seconds: Floats
    """When it was first written, seconds since 1970 UTC."""

    def grown(self, count: int) -> Columns:
        """Return a copy for ``count`` items, those beyond deleted."""
        return Columns(
            price=_copied(count, self.price, np.nan),
            item_type=_copied(count, self.item_type, _NO_CODE),
            location=_copied(count, self.location, _NO_CODE),
            is_available=_copied(count, self.is_available, 0),
            is_deleted=_copied(count, self.is_deleted, 1),
            created_seconds=_copied(count, self.created_seconds, 0),
        )


def _copied(count: int, column: npt.NDArray[Kind], fill: float) -> npt.NDArray[Kind]:
    new = np.full(count, fill, dtype=column.dtype)
    new[: column.size] = column
    return new


def _no_columns() -> Columns:
    return Columns(
        price=np.empty(0),
        item_type=np.empty(0, dtype=np.int32),
        location=np.empty(0, dtype=np.int32),
        is_available=np.empty(0, dtype=np.bool_),
        is_deleted=np.empty(0, dtype=np.bool_),
        created_seconds=np.empty(0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogView:
    """A catalogue as of one revision. An item keeps its position from view to view.

    Safe to share between threads: a change makes another view. Views of one catalogue share what is only added to.
    """

    revision: int = 0
    items: Sequence[Item] = ()
    """By position, deleted ones too: they are what facts refer to."""
    columns: Columns = field(default_factory=_no_columns)
    _positions: dict[str, int] = field(default_factory=dict)
    _types: TextCodes = field(default_factory=TextCodes)
    _locations: TextCodes = field(default_factory=TextCodes)
    _attributes: dict[str, tuple[TextCodes, Codes]] = field(default_factory=dict)
    _kept: dict[Hashable, Flags] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many items there are, deleted ones included."""
        return len(self.items)

    def position(self, item_id: str) -> int | None:
        """Return where an item stands; None if it is not known, or was deleted before this process knew it."""
        position = self._positions.get(item_id)
        return position if position is not None and position < len(self.items) else None

    def find(self, item_id: str) -> Item | None:
        """Return an item, also a deleted one."""
        position = self.position(item_id)
        return None if position is None else self.items[position]

    def created(self, position: int) -> datetime:
        """Return when an item was first written."""
        return datetime.fromtimestamp(float(self.columns.created_seconds[position]), UTC)

    def of_types(self, item_types: Sequence[str]) -> Flags:
        """Return which items are of one of these types, whatever the case."""
        return np.isin(self.columns.item_type, self._types.known(item_types))

    def at_locations(self, location_names: Sequence[str]) -> Flags:
        """Return which items are at one of these places, whatever the case."""
        return np.isin(self.columns.location, self._locations.known(location_names))

    def kept(self, key: Hashable, work_out: Callable[[], Flags]) -> Flags:
        """Return flags that were worked out before under the same key, or work them out. They must not be changed.

        Args:
            key: Says what the flags are of.
            work_out: Returns them; read nothing but this view.
        """
        flags = self._kept.get(key)
        if flags is None:
            flags = work_out()
            if len(self._kept) >= MOST_FLAGS_KEPT:
                self._kept.clear()
            self._kept[key] = flags
        return flags

    def with_attribute(self, name: str, text: str) -> Flags:
        """Return which items have a text attribute with this value, whatever the case."""
        column = self._attributes.get(name)
        if column is None or column[1].size < self.count:
            column = _attribute_column(name, self.items)
            if len(self._attributes) < MOST_ATTRIBUTES_INDEXED:
                self._attributes[name] = column
        codes, values = column
        return np.isin(values[: self.count], codes.known([text]))

    def changed(self, changes: Sequence[CatalogChange]) -> CatalogView:
        """Return the view after some changes, by revision. Deleted items that this never held are passed over."""
        # One may come twice: changed again while the changes were read.
        newest = {change.item.item_id: change for change in changes}
        kept = [
            change for item_id, change in newest.items() if not change.is_deleted or self.position(item_id) is not None
        ]
        if not changes:
            return self
        items = list(self.items)
        for change in kept:
            position = self._positions.setdefault(change.item.item_id, len(items))
            if position == len(items):
                items.append(change.item)
            else:
                items[position] = change.item
        columns = self.columns.grown(len(items))
        for change in kept:
            self._write(columns, self._positions[change.item.item_id], change)
        return CatalogView(
            revision=changes[-1].revision,
            items=tuple(items),
            columns=columns,
            _positions=self._positions,
            _types=self._types,
            _locations=self._locations,
        )

    def _write(self, columns: Columns, position: int, change: CatalogChange) -> None:
        item = change.item
        columns.price[position] = np.nan if item.price is None else item.price
        columns.item_type[position] = self._types.code(item.item_type)
        columns.location[position] = self._locations.code(item.location_name)
        columns.is_available[position] = item.is_available
        columns.is_deleted[position] = change.is_deleted
        columns.created_seconds[position] = (change.create_time - _EPOCH).total_seconds()


def _attribute_column(name: str, items: Sequence[Item]) -> tuple[TextCodes, Codes]:
    codes = TextCodes()
    values = np.full(len(items), _NO_CODE, dtype=np.int32)
    for position, item in enumerate(items):
        value = item.attributes.get(name)
        if isinstance(value, str):
            values[position] = codes.code(value)
    return codes, values
