"""What leads do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TypedDict

from leadline.errors import LeadlineError


class EventKind(Enum):
    """What can happen to or by a lead."""

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
    OUTCOME_RECORDED = "outcome_recorded"
    UNKNOWN = "unknown"
    """Something newer than this client."""


class PageType(Enum):
    """Where it happened."""

    SEARCH = "search"
    CATEGORY = "category"
    COLLECTION = "collection"
    DETAIL = "detail"
    HOME = "home"
    CART = "cart"
    CHECKOUT = "checkout"
    OTHER = "other"
    UNKNOWN = "unknown"
    """Something newer than this client."""


class DeviceType(Enum):
    """What it happened on."""

    MOBILE = "mobile"
    DESKTOP = "desktop"
    TABLET = "tablet"
    OTHER = "other"
    UNKNOWN = "unknown"
    """Something newer than this client."""


class ReferrerType(Enum):
    """What led there."""

    DIRECT = "direct"
    SEARCH_ENGINE = "search_engine"
    SOCIAL = "social"
    EMAIL = "email"
    ADVERTISEMENT = "advertisement"
    PARTNER = "partner"
    OTHER = "other"
    UNKNOWN = "unknown"
    """Something newer than this client."""


class EventStatus(Enum):
    """What became of an event."""

    RECORDED = "recorded"
    CLOCK_ADJUSTED = "clock_adjusted"
    """Recorded; it said to be up to 10 minutes in the future and counts as happening when it was recorded."""
    DUPLICATE = "duplicate"
    """It had been recorded before, and counts once."""
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. The server checks the ranges."""

    lead_id: str
    """It need not be stored."""
    kind: EventKind
    event_id: str = ""
    """Your id of it, 1 to 128 characters: sent again it has no effect. Empty: one is made."""
    occurred_time: datetime | None = None
    """Aware; None: when it is recorded."""
    item_id: str = ""
    session_id: str = ""
    agent_id: str = ""
    duration: timedelta | None = None
    """0 to 24 hours."""
    page_type: PageType | None = None
    device: DeviceType | None = None
    referrer: ReferrerType | None = None
    price: float | None = None
    """That was shown, 0 to 1e12; kept to four decimals."""
    value: float | None = None
    """What it was worth, -1e12 to 1e12; kept to four decimals."""
    quantity: int | None = None
    """1 to 1,000,000."""
    positive: bool | None = None
    """Of a swipe: liked. Of an agent's contact: reached. Of an outcome: converted."""
    query: str = ""
    """What was searched for, up to 1,000 characters."""
    attribution_token: str = ""
    """Of the recommendation that led to it."""


class EventContext(TypedDict, total=False):
    """What may be said of every event."""

    event_id: str
    occurred_time: datetime
    session_id: str
    page_type: PageType
    device: DeviceType
    referrer: ReferrerType
    price: float
    attribution_token: str
    timeout: timedelta
    """Of the call."""


class EventDetails(EventContext, total=False):
    """What may also be said of most."""

    agent_id: str
    duration: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class EventResult:
    """What became of one event."""

    event_id: str
    status: EventStatus
    error: LeadlineError | None = None
    """Why it was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEventsResult:
    """What became of a call."""

    results: Sequence[EventResult]
    """One for each event, in order."""
    recorded_count: int
    duplicate_count: int
    refused_count: int
    recorded_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event as it is kept."""

    event: Event
    """Without its token; ``occurred_time`` as it counts."""
    sequence: int
    """Rises with every event of the tenant."""
    recorded_time: datetime
    item_type: str
    """What the catalogue said of the item then."""
    item_location: str
    item_price: float | None
