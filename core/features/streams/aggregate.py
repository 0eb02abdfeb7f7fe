"""What is added up over events: whole numbers, so that the order in which events come never matters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.event import EventKind
from core.features.streams.window import EVER, Window


class Function(StrEnum):
    """How events are added up. Every partial result can be merged with another; all are exact."""

    COUNT = "count"
    """int. Events (that have the field, where one is named)."""
    SUM = "sum"
    """int."""
    SQUARES = "squares"
    """int. Sum of the squares."""
    MIN = "min"
    """int or None."""
    MAX = "max"
    """int or None."""
    FIRST = "first"
    """Value of the field at the earliest event by (occurred_us, event_id); None without events."""
    LAST = "last"
    """Value of the field at the latest event by (occurred_us, event_id); None without events."""
    DISTINCT = "distinct"
    """Number of different values, float. Exact up to ``SKETCH_SIZE`` of them, above that estimated from the smallest
    hashes (k minimum values: Bar-Yossef et al. 2002, section 2; the estimator is (k - 1) / k-th smallest hash in
    (0, 1])."""
    HISTOGRAM = "histogram"
    """dict from the field's value to the number of events; at most ``HISTOGRAM_KEYS`` keys, the rest counted under
    ``""``: which keys have a place of their own depends on their hashes alone, never on the order."""
    DECAYED = "decayed"
    """float. Sum of the field (of 1 without a field), each event weighing 2 ** (-age / half_life); ages in steps of a
    64th of the half-life, from fixed-point weights; nothing older than 40 half-lives counts."""
    SESSIONS = "sessions"
    """tuple of Session, oldest first: events less than ``gap_us`` apart, by their times alone."""
    STEPS = "steps"
    """dict from the number of the window's step to the number of events in it: when things happened."""


SKETCH_SIZE = 256
"""Hashes a DISTINCT keeps."""
HISTOGRAM_KEYS = 64
"""Keys a HISTOGRAM keeps."""


class Unit(StrEnum):
    """What is added up of an event: one of its fields, or something worked out from its fields alone."""

    PRICE = "price_e4"
    """Price shown, else the item's price; ten-thousandths."""
    VALUE = "value_e4"
    QUANTITY = "quantity"
    DURATION = "duration_ms"
    OCCURRED = "occurred_us"
    ITEM = "item_id"
    KIND = "kind"
    SESSION = "session_id"
    AGENT = "agent_id"
    PAGE = "page_type"
    DEVICE = "device"
    REFERRER = "referrer"
    QUERY = "query"
    ITEM_TYPE = "item_type"
    ITEM_LOCATION = "item_location"
    HOUR = "hour"
    """Hour of the day in UTC, 0 to 23, as int."""
    WEEKDAY = "weekday"
    """0 (Monday) to 6 in UTC, as int."""
    MONTH_OF_YEAR = "month_of_year"
    """1 to 12 in UTC, as int."""
    DAY = "day"
    """Days since 1970 UTC, as int."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """One aggregate over the events of an entity.

    Attributes:
        name: Unique within its plan.
        function: How to add up.
        field: What to add up; None where only events are counted. Events without a value (None, "") are left out.
        kinds: Only events of these kinds; empty: all.
        pages: Only events on these page types; empty: all.
        devices: Only events on these devices; empty: all.
        positive: Only events whose ``positive`` is this; None: all.
        window: Which events count.
        half_life_us: Of DECAYED; a multiple of 64.
        gap_us: Of SESSIONS: events this far apart or further are of different sessions.
    """

    name: str
    function: Function
    field: Unit | None = None
    kinds: frozenset[EventKind] = frozenset()
    pages: frozenset[str] = frozenset()
    devices: frozenset[str] = frozenset()
    positive: bool | None = None
    window: Window = EVER
    half_life_us: int = 0
    gap_us: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """Events close together in time."""

    start_us: int
    end_us: int
    event_count: int
