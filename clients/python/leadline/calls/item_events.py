"""One method for each thing a lead can do with an item."""

from __future__ import annotations

from typing import Protocol, Unpack

from leadline.calls.one_event import OneEvent
from leadline.event import EventDetails, EventKind, EventResult


class ItemEvents(OneEvent, Protocol):
    """What leads do with items. Each records one event, and raises if it is refused."""

    def item_viewed(self, lead_id: str, item_id: str, **details: Unpack[EventDetails]) -> EventResult:
        """Record that the lead looked at an item; ``duration`` says for how long."""
        return self._record_one(EventKind.ITEM_VIEWED, lead_id, item_id=item_id, **details)

    def item_liked(self, lead_id: str, item_id: str, **details: Unpack[EventDetails]) -> EventResult:
        """Record that the lead said to like an item."""
        return self._record_one(EventKind.ITEM_LIKED, lead_id, item_id=item_id, **details)

    def item_disliked(self, lead_id: str, item_id: str, **details: Unpack[EventDetails]) -> EventResult:
        """Record that the lead said to dislike an item."""
        return self._record_one(EventKind.ITEM_DISLIKED, lead_id, item_id=item_id, **details)

    def item_swiped(self, lead_id: str, item_id: str, *, liked: bool, **details: Unpack[EventDetails]) -> EventResult:
        """Record that the lead swiped an item to one side or the other."""
        return self._record_one(EventKind.ITEM_SWIPED, lead_id, item_id=item_id, positive=liked, **details)

    def item_saved(self, lead_id: str, item_id: str, **details: Unpack[EventDetails]) -> EventResult:
        """Record that the lead put an item on a list to keep."""
        return self._record_one(EventKind.ITEM_SAVED, lead_id, item_id=item_id, **details)

    def item_unsaved(self, lead_id: str, item_id: str, **details: Unpack[EventDetails]) -> EventResult:
        """Record that the lead took an item off that list."""
        return self._record_one(EventKind.ITEM_UNSAVED, lead_id, item_id=item_id, **details)

    def item_shared(self, lead_id: str, item_id: str, **details: Unpack[EventDetails]) -> EventResult:
        """Record that the lead sent an item to somebody else."""
        return self._record_one(EventKind.ITEM_SHARED, lead_id, item_id=item_id, **details)

    def item_compared(self, lead_id: str, item_id: str, **details: Unpack[EventDetails]) -> EventResult:
        """Record that the lead set an item beside others."""
        return self._record_one(EventKind.ITEM_COMPARED, lead_id, item_id=item_id, **details)

    def item_added_to_cart(
        self, lead_id: str, item_id: str, *, quantity: int | None = None, **details: Unpack[EventDetails]
    ) -> EventResult:
        """Record that the lead put an item into the cart."""
        return self._record_one(EventKind.ITEM_ADDED_TO_CART, lead_id, item_id=item_id, quantity=quantity, **details)

    def item_removed_from_cart(
        self, lead_id: str, item_id: str, *, quantity: int | None = None, **details: Unpack[EventDetails]
    ) -> EventResult:
        """Record that the lead took an item out of the cart."""
        return self._record_one(
            EventKind.ITEM_REMOVED_FROM_CART, lead_id, item_id=item_id, quantity=quantity, **details
        )

    def item_purchased(
        self,
        lead_id: str,
        item_id: str,
        *,
        value: float | None = None,
        quantity: int | None = None,
        **details: Unpack[EventDetails],
    ) -> EventResult:
        """Record that the lead bought an item.

        Args:
            lead_id: The lead.
            item_id: What it bought.
            value: For how much in all.
            quantity: How many.
            details: What else is known.
        """
        return self._record_one(
            EventKind.ITEM_PURCHASED, lead_id, item_id=item_id, value=value, quantity=quantity, **details
        )
