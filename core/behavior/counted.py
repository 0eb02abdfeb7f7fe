"""Aggregates of a lead that several families of features read."""

from __future__ import annotations

from core.event import EventKind
from core.features.streams.aggregate import Aggregate, Function, Unit
from core.features.streams.window import MONTH

EVENTS = Aggregate(name="events", function=Function.COUNT)
FIRST = Aggregate(name="first_us", function=Function.MIN, field=Unit.OCCURRED)
LAST = Aggregate(name="last_us", function=Function.MAX, field=Unit.OCCURRED)
KINDS = Aggregate(name="kinds", function=Function.HISTOGRAM, field=Unit.KIND)
MONTH_KINDS = Aggregate(name="kinds_30d", function=Function.HISTOGRAM, field=Unit.KIND, window=MONTH)
"""Fewer kinds than a histogram has keys: exact."""

PURCHASE_KINDS = frozenset({EventKind.ITEM_PURCHASED})
VALUE_KINDS = frozenset({EventKind.ITEM_PURCHASED, EventKind.BOOKING_COMPLETED})
"""Events whose value is money earned."""
