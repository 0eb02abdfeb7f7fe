"""What a lead did with an item, as recommenders see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from core.event import EventKind


class Interaction(NamedTuple):
    """What one lead did with one item, summed up. One for each item, oldest first."""

    item_id: str
    weight: float
    """How much it says that the lead wants it; negative: does not want it. The strongest event counts, not the sum:
    see :data:`PREFERENCES`."""
    occurred_us: int
    """When the lead last did anything with it, microseconds since 1970 UTC."""
    kind: str
    """The event that ``weight`` comes from: value of an EventKind."""
    event_id: str
    """That event's id: the evidence."""
    event_us: int = 0
    """When that event happened, microseconds since 1970 UTC."""


PREFERENCES: Mapping[EventKind, float] = {
    EventKind.ITEM_VIEWED: 1.0,
    EventKind.LINK_CLICKED: 1.0,
    EventKind.ITEM_COMPARED: 2.0,
    EventKind.ITEM_SHARED: 2.5,
    EventKind.ITEM_LIKED: 3.0,
    EventKind.ITEM_SAVED: 3.0,
    EventKind.ITEM_ADDED_TO_CART: 3.5,
    EventKind.INQUIRY_SENT: 4.0,
    EventKind.VIEWING_SCHEDULED: 4.5,
    EventKind.VIEWING_COMPLETED: 4.5,
    EventKind.BOOKING_REQUESTED: 4.5,
    EventKind.BOOKING_COMPLETED: 5.0,
    EventKind.ITEM_PURCHASED: 5.0,
    EventKind.ITEM_DISLIKED: -3.0,
}
"""What each kind of event about an item says of the lead's wish. A swipe counts as a like or a dislike; taking back
(unsaved, removed from the cart, viewing cancelled) undoes the positive event it takes back, back to a view."""
