"""The plan of a lead and an item: every aggregate and every feature of what a lead does with an item."""

from __future__ import annotations

from core.behavior.plan import shared
from core.features.streams.declaration import StreamPlan
from core.interactions.counted import EVENTS, LAST
from core.interactions.devices import devices
from core.interactions.discovery import discovery
from core.interactions.quality import quality
from core.interactions.shopping import shopping
from core.interactions.temporal import temporal
from core.interactions.views import views

_FAMILIES = (views(), shopping(), discovery(), temporal(), devices(), quality())

INTERACTION_PLAN = StreamPlan(
    name="lead_item",
    aggregates=shared((EVENTS, LAST, *(aggregate for aggregates, _ in _FAMILIES for aggregate in aggregates))),
    features=tuple(feature for _, features in _FAMILIES for feature in features),
    count_name=EVENTS.name,
    last_name=LAST.name,
)
