"""What recommenders know of a lead, kept beside its features: in memory, and in the same stored copy."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from sys import intern
from typing import Any

from core.features.streams.live import StateOutdated
from core.recommend.preference import ItemHistory, LeadInteractions, Said

_FORM = 1
"""Rises when the stored form, or what is kept, changes."""


class InteractionFold(LeadInteractions):
    """The interactions of a lead. Implements :class:`core.behavior.lead_history.LeadFold`."""

    @classmethod
    def of(cls, items: Mapping[str, Mapping[str, Sequence[Any]]]) -> InteractionFold:
        """Return what knows of each item, by id, the newest event of each kind: when it happened, and its id."""
        fold = cls()
        for item_id, kinds in items.items():
            # Texts that thousands of items share are kept once.
            fold._items[item_id] = ItemHistory({intern(kind): Said(*said) for kind, said in kinds.items()})
        return fold

    def to_bytes(self) -> bytes:
        """Return a compact form: of each item the newest event of each kind."""
        items = {
            item_id: {kind: [said.occurred_us, said.event_id] for kind, said in history.newest.items()}
            for item_id, history in self._items.items()
        }
        return zlib.compress(json.dumps([_FORM, items], separators=(",", ":")).encode(), level=1)


class InteractionFolds:
    """Makes folds. Implements :class:`core.behavior.lead_history.Folds`."""

    def new(self) -> InteractionFold:
        """Return the fold of a lead without events."""
        return InteractionFold()

    def restore(self, content: bytes) -> InteractionFold:
        """Return the fold that ``to_bytes`` stored.

        Raises:
            StateOutdated: If it is damaged or of another form.
        """
        try:
            form, items = json.loads(zlib.decompress(content))
        except (zlib.error, ValueError, TypeError) as damaged:
            raise StateOutdated("the stored interactions are damaged") from damaged
        if form != _FORM:
            raise StateOutdated("the stored interactions are of another form")
        return InteractionFold.of(items)
