"""Shopping: from the cart to the purchase of an item."""

from __future__ import annotations

from functools import partial

from core.behavior.measures import share
from core.event import EventKind
from core.features.streams.declaration import StreamFeature
from core.interactions.counted import KINDS, Declared, count_of

FAMILY = "shopping"
_feature = partial(StreamFeature, family=FAMILY)
_COUNTS = {
    "cart_adds": (EventKind.ITEM_ADDED_TO_CART, "Times the item was put in the cart; at least 0."),
    "cart_removes": (EventKind.ITEM_REMOVED_FROM_CART, "Times the item was removed from the cart; at least 0."),
    "purchases": (EventKind.ITEM_PURCHASED, "Times the item was purchased; at least 0."),
}


def shopping() -> Declared:
    """Return the aggregates and the features of the family."""
    return (KINDS,), (*(_count(*of) for of in _COUNTS.items()), *_rates())


def _count(name: str, counted: tuple[EventKind, str]) -> StreamFeature:
    kind, description = counted
    return _feature(
        name=name, description=description, compute=lambda reading: float(count_of(reading, kind)), default=0.0
    )


def _rates() -> tuple[StreamFeature, ...]:
    bought = EventKind.ITEM_PURCHASED
    return (
        _feature(
            name="cart_conversion_rate",
            description="Purchases over times put in the cart, at most 1; 0 to 1.",
            compute=lambda reading: share(count_of(reading, bought), count_of(reading, EventKind.ITEM_ADDED_TO_CART)),
            unit="share",
        ),
        _feature(
            name="view_to_purchase_rate",
            description="Purchases over views, at most 1; 0 to 1.",
            compute=lambda reading: share(count_of(reading, bought), count_of(reading, EventKind.ITEM_VIEWED)),
            unit="share",
        ),
    )
