"""What the events of a lead say it wants: one interaction for each item, whatever the order events come in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from core.event import Event, EventKind
from core.recommend.interaction import PREFERENCES, Interaction

MOST_ITEMS = 2_000
"""Items kept of one lead, those it touched last."""
_SPARE_ITEMS = 200
"""So many more may gather before the oldest are let go: letting go costs a pass over all."""
_WEIGHT_OF_KIND = {kind.value: weight for kind, weight in PREFERENCES.items()}
_UNDONE = {
    EventKind.ITEM_UNSAVED.value: EventKind.ITEM_SAVED.value,
    EventKind.ITEM_REMOVED_FROM_CART.value: EventKind.ITEM_ADDED_TO_CART.value,
    EventKind.VIEWING_CANCELLED.value: EventKind.VIEWING_SCHEDULED.value,
}
"""What takes back to what it takes back."""
_UNDONE_BY = {undone: by for by, undone in _UNDONE.items()}
_LIKED, _DISLIKED = EventKind.ITEM_LIKED.value, EventKind.ITEM_DISLIKED.value
_VIEWED = EventKind.ITEM_VIEWED.value


class Said(NamedTuple):
    """The newest event of one kind about one item; the greatest in this order is the newest."""

    occurred_us: int
    event_id: str


_NEVER = Said(-1, "")


class ItemHistory:
    """The newest event of every kind about one item. Newest of each is all that the answer rests on."""

    __slots__ = ("last", "newest")

    def __init__(self, newest: dict[str, Said]) -> None:
        self.newest = newest
        self.last = max(newest.values(), default=_NEVER)
        """The newest of all."""

    def add(self, kind: str, said: Said) -> None:
        """Take in what was said."""
        before = self.newest.get(kind)
        if before is None or said > before:
            self.newest[kind] = said
            self.last = max(self.last, said)

    def interaction(self, item_id: str) -> Interaction:
        """Return the strongest wish that stands; the latest of equally strong ones."""
        found = [(abs(weight), said, kind, weight) for kind, said, weight in self._standing()]
        _, said, kind, weight = max(found)
        return Interaction(item_id, weight, self.last.occurred_us, kind, said.event_id, said.occurred_us)

    def _standing(self) -> Iterator[tuple[str, Said, float]]:
        """Yield what was said and has not been overruled, with its weight."""
        disliked = self.newest.get(_DISLIKED, _NEVER)
        if disliked > self._last_wish():
            # What was done before the dislike no longer stands; a mere look after it changes nothing.
            yield _DISLIKED, disliked, _WEIGHT_OF_KIND[_DISLIKED]
            return
        for kind, said in self.newest.items():
            if kind == _DISLIKED or (kind == _LIKED and disliked > said):
                continue
            stands = _VIEWED if self._is_taken_back(kind, said) else kind
            yield stands, said, _WEIGHT_OF_KIND[stands]

    def _last_wish(self) -> Said:
        """Return when the lead last did more than look."""
        wishes = (
            said for kind, said in self.newest.items() if _WEIGHT_OF_KIND.get(kind, 0.0) > _WEIGHT_OF_KIND[_VIEWED]
        )
        return max(wishes, default=_NEVER)

    def _is_taken_back(self, kind: str, said: Said) -> bool:
        """Return whether it is the taking back of a wish, or a wish that was taken back later."""
        return kind in _UNDONE or self.newest.get(_UNDONE_BY.get(kind, ""), _NEVER) > said


class LeadInteractions:
    """The interactions of one lead, kept up to date event by event. Not thread-safe.

    Events may come late, twice and in any order: the newest of each kind is the one with the greatest
    (``occurred_us``, ``event_id``). Only the items touched last are kept, at least 2,000, so that memory is
    bounded; of an item that was let go, only what is said again is known.
    """

    def __init__(self) -> None:
        self._items: dict[str, ItemHistory] = {}

    def add(self, event: Event) -> None:
        """Take an event in; one that says nothing about an item has no effect."""
        kind = preference_kind(event)
        if kind is None or not event.item_id:
            return
        history = self._items.get(event.item_id)
        if history is None:
            history = self._items[event.item_id] = ItemHistory({})
        history.add(kind, Said(event.occurred_us, event.event_id))
        if len(self._items) > MOST_ITEMS + _SPARE_ITEMS:
            self._let_go()

    def interactions(self) -> list[Interaction]:
        """Return one interaction for each item, oldest first; at most 2,000, the newest."""
        return [self._items[item_id].interaction(item_id) for item_id in self._newest_items()]

    def _let_go(self) -> None:
        self._items = {item_id: self._items[item_id] for item_id in self._newest_items()}

    def _newest_items(self) -> list[str]:
        """Return the items touched last, oldest first."""
        dated = sorted((history.last, item_id) for item_id, history in self._items.items())
        return [item_id for _, item_id in dated[-MOST_ITEMS:]]


def preference_kind(event: Event) -> str | None:
    """Return the kind that an event counts as: a swipe is a like or a dislike; None: it says nothing of a wish."""
    if event.kind == EventKind.ITEM_SWIPED.value:
        return None if event.positive is None else _LIKED if event.positive else _DISLIKED
    return event.kind if event.kind in _WEIGHT_OF_KIND or event.kind in _UNDONE else None
