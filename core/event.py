"""An event: something that happened to or by a lead."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

FIXED_POINT = 10_000
"""Amounts are kept as whole ten-thousandths: whole numbers add up to the same in any order, floats do not."""
MICROSECONDS = 1_000_000
"""In a second. Times within events are whole microseconds since 1970-01-01 UTC."""


class EventKind(StrEnum):
    """What can happen."""

    ITEM_VIEWED = "item_viewed"
    ITEM_LIKED = "item_liked"
    ITEM_DISLIKED = "item_disliked"
    ITEM_SWIPED = "item_swiped"
    ITEM_SAVED = "item_saved"
    ITEM_UNSAVED = "item_unsaved"
    ITEM_SHARED = "item_shared"
    ITEM_COMPARED = "item_compared"
    ITEM_ADDED_TO_CART = "item_added_to_cart"
    ITEM_REMOVED_FROM_CART = "item_removed_from_cart"
    ITEM_PURCHASED = "item_purchased"
    INQUIRY_SENT = "inquiry_sent"
    MESSAGE_SENT = "message_sent"
    MESSAGE_OPENED = "message_opened"
    LINK_CLICKED = "link_clicked"
    VIEWING_SCHEDULED = "viewing_scheduled"
    VIEWING_CANCELLED = "viewing_cancelled"
    VIEWING_COMPLETED = "viewing_completed"
    BOOKING_REQUESTED = "booking_requested"
    BOOKING_COMPLETED = "booking_completed"
    SEARCH_PERFORMED = "search_performed"
    FILTER_APPLIED = "filter_applied"
    SEARCH_REFINED = "search_refined"
    SESSION_STARTED = "session_started"
    SESSION_ENDED = "session_ended"
    AGENT_CONTACTED = "agent_contacted"
    """An agent got in touch with the lead; ``positive`` says whether the lead was reached."""
    OUTCOME_RECORDED = "outcome_recorded"
    """How it ended; ``positive`` says whether the lead converted."""


class PageType(StrEnum):
    """Where on the site or in the app it happened."""

    SEARCH = "search"
    CATEGORY = "category"
    COLLECTION = "collection"
    DETAIL = "detail"
    HOME = "home"
    CART = "cart"
    CHECKOUT = "checkout"
    OTHER = "other"


class Device(StrEnum):
    """What it happened on."""

    MOBILE = "mobile"
    DESKTOP = "desktop"
    TABLET = "tablet"
    OTHER = "other"


class Referrer(StrEnum):
    """What led there."""

    DIRECT = "direct"
    SEARCH_ENGINE = "search_engine"
    SOCIAL = "social"
    EMAIL = "email"
    ADVERTISEMENT = "advertisement"
    PARTNER = "partner"
    OTHER = "other"


class Event(NamedTuple):
    """One event as it is kept. A plain tuple: a hundred thousand of them are read and written at once.

    Empty text and None mean "not said". What is known of the item is what the catalogue said when the event was
    recorded, so that an event means the same for ever.
    """

    sequence: int
    """Rises with every event of the tenant, in the order in which they were committed; not every number is used."""
    event_id: str
    lead_id: str
    kind: str
    """Value of an EventKind."""
    occurred_us: int
    """When it happened, microseconds since 1970 UTC; never after ``recorded_us``."""
    recorded_us: int
    """When it was recorded, microseconds since 1970 UTC; never falls as ``sequence`` rises."""
    item_id: str = ""
    session_id: str = ""
    agent_id: str = ""
    duration_ms: int | None = None
    page_type: str = ""
    device: str = ""
    referrer: str = ""
    price_e4: int | None = None
    """The price that was shown, in ten-thousandths of the tenant's currency."""
    value_e4: int | None = None
    """What it was worth: an order's value, a booking's; in ten-thousandths."""
    quantity: int | None = None
    positive: bool | None = None
    """Of a swipe: liked. Of an agent's contact: the lead was reached. Of an outcome: converted."""
    query: str = ""
    item_type: str = ""
    item_location: str = ""
    item_price_e4: int | None = None
    token_id: str = ""
    """Id of the recommendation that led to it."""
