"""Aggregates of a lead and an item that several families of features read."""

from __future__ import annotations

from core.event import EventKind
from core.features.streams.aggregate import Aggregate, Function, Unit
from core.features.streams.declaration import Reading, StreamFeature

VIEW_KINDS = frozenset({EventKind.ITEM_VIEWED})
_SWIPE_KINDS = frozenset({EventKind.ITEM_SWIPED})

EVENTS = Aggregate(name="events", function=Function.COUNT)
LAST = Aggregate(name="last_us", function=Function.MAX, field=Unit.OCCURRED)
KINDS = Aggregate(name="kinds", function=Function.HISTOGRAM, field=Unit.KIND)
"""Fewer kinds than a histogram has keys: exact."""
LIKING_SWIPES = Aggregate(name="liking_swipes", function=Function.COUNT, kinds=_SWIPE_KINDS, positive=True)
DISLIKING_SWIPES = Aggregate(name="disliking_swipes", function=Function.COUNT, kinds=_SWIPE_KINDS, positive=False)
VIEW_DAYS = Aggregate(name="view_days", function=Function.DISTINCT, field=Unit.DAY, kinds=VIEW_KINDS)
FIRST_VIEW = Aggregate(name="first_view_us", function=Function.MIN, field=Unit.OCCURRED, kinds=VIEW_KINDS)
LAST_VIEW = Aggregate(name="last_view_us", function=Function.MAX, field=Unit.OCCURRED, kinds=VIEW_KINDS)

Declared = tuple[tuple[Aggregate, ...], tuple[StreamFeature, ...]]
"""What a family reads and what it gives."""


def of_views(name: str, function: Function, field: Unit) -> Aggregate:
    """Declare an aggregate over views alone."""
    return Aggregate(name=name, function=function, field=field, kinds=VIEW_KINDS)


def count_of(reading: Reading, *kinds: str) -> int:
    """Return the number of events of some kinds."""
    held = reading.aggregates[KINDS.name]
    return sum([held.get(kind, 0) for kind in kinds])
