"""What leads do, told as the five types of action that weights and frequencies know."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.event import EventKind


class ActionType(StrEnum):
    """Types of action, from looking to committing."""

    VIEW = "view"
    CLICK = "click"
    INQUIRY = "inquiry"
    MESSAGE = "message"
    SCHEDULE = "schedule"


ACTION_KINDS: Mapping[ActionType, frozenset[EventKind]] = {
    ActionType.VIEW: frozenset({EventKind.ITEM_VIEWED, EventKind.MESSAGE_OPENED}),
    ActionType.CLICK: frozenset(
        {
            EventKind.LINK_CLICKED,
            EventKind.ITEM_LIKED,
            EventKind.ITEM_DISLIKED,
            EventKind.ITEM_SWIPED,
            EventKind.ITEM_SAVED,
            EventKind.ITEM_SHARED,
            EventKind.ITEM_COMPARED,
            EventKind.ITEM_ADDED_TO_CART,
            EventKind.SEARCH_PERFORMED,
            EventKind.FILTER_APPLIED,
            EventKind.SEARCH_REFINED,
        }
    ),
    ActionType.INQUIRY: frozenset({EventKind.INQUIRY_SENT}),
    ActionType.MESSAGE: frozenset({EventKind.MESSAGE_SENT}),
    ActionType.SCHEDULE: frozenset(
        {
            EventKind.VIEWING_SCHEDULED,
            EventKind.VIEWING_COMPLETED,
            EventKind.BOOKING_REQUESTED,
            EventKind.BOOKING_COMPLETED,
            EventKind.ITEM_PURCHASED,
        }
    ),
}
"""Kinds of events by type of action. A purchase, a booking and a viewing all commit the lead, so they are ``schedule``.
Taking something back (unsaved, removed from the cart, cancelled), the limits of a session, what an agent did and how it
ended are no action of the lead: such events count in totals, and weigh nothing."""

ACTION_OF: Mapping[str, ActionType] = {kind.value: action for action, kinds in ACTION_KINDS.items() for kind in kinds}
"""Type of action by kind of event; kinds that are none are missing."""

_PLACES = {kind: list(ActionType).index(action) for kind, action in ACTION_OF.items()}


def count_actions(kinds: Mapping[str, int]) -> list[int]:
    """Return the number of events of each type of action, in the order of :class:`ActionType`.

    Args:
        kinds: Events by kind.
    """
    held = [0] * len(ActionType)
    for kind, count in kinds.items():
        place = _PLACES.get(kind)
        if place is not None:
            held[place] += count
    return held


INTEREST_KINDS = frozenset(
    {
        EventKind.ITEM_LIKED,
        EventKind.ITEM_SAVED,
        EventKind.ITEM_SHARED,
        EventKind.ITEM_COMPARED,
        EventKind.ITEM_ADDED_TO_CART,
        EventKind.INQUIRY_SENT,
        EventKind.VIEWING_SCHEDULED,
        EventKind.VIEWING_COMPLETED,
        EventKind.BOOKING_REQUESTED,
        EventKind.BOOKING_COMPLETED,
        EventKind.ITEM_PURCHASED,
    }
)
"""Events that say the lead wants the item, beyond looking at it."""

COMMITMENT_KINDS = (
    EventKind.ITEM_SAVED,
    EventKind.ITEM_ADDED_TO_CART,
    EventKind.INQUIRY_SENT,
    EventKind.VIEWING_SCHEDULED,
    EventKind.BOOKING_REQUESTED,
    EventKind.BOOKING_COMPLETED,
    EventKind.ITEM_PURCHASED,
)
"""Decisions for something."""

REVERSAL_KINDS = (EventKind.ITEM_UNSAVED, EventKind.ITEM_REMOVED_FROM_CART, EventKind.VIEWING_CANCELLED)
"""Decisions taken back."""

DISCOVERY_KINDS = (
    EventKind.ITEM_VIEWED,
    EventKind.SEARCH_PERFORMED,
    EventKind.SEARCH_REFINED,
    EventKind.FILTER_APPLIED,
)
"""Looking around."""
