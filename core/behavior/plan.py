"""The plan of a lead: every aggregate and every feature of what leads do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.behavior.counted import EVENTS, LAST
from core.behavior.lead_behavior import lead_behavior
from core.behavior.learning.engagement import engagement
from core.behavior.learning.item_preference import item_preference
from core.behavior.learning.sessions import sessions
from core.behavior.learning.time_patterns import time_patterns
from core.behavior.purchases import purchasing
from core.behavior.settings import LeadBehaviorSettings
from core.behavior.windows import windowed
from core.event import EventKind
from core.features.streams.aggregate import Aggregate
from core.features.streams.declaration import StreamPlan

_LEAD_KINDS = frozenset(EventKind) - {EventKind.OUTCOME_RECORDED}


def build_lead_plan(settings: LeadBehaviorSettings) -> StreamPlan:
    """Return the plan of leads under these settings; other settings, another hash."""
    families = (
        lead_behavior(settings),
        item_preference(),
        engagement(settings),
        sessions(),
        time_patterns(),
        windowed(settings),
        purchasing(),
    )
    return StreamPlan(
        name="lead",
        aggregates=shared(_without_ends(aggregate) for aggregates, _ in families for aggregate in aggregates),
        features=tuple(feature for _, features in families for feature in features),
        count_name=EVENTS.name,
        last_name=LAST.name,
    )


def _without_ends(aggregate: Aggregate) -> Aggregate:
    """Return the aggregate without events that say how a lead ended: that is what scores are to foretell."""
    return aggregate if aggregate.kinds else replace(aggregate, kinds=_LEAD_KINDS)


def shared(aggregates: Iterable[Aggregate]) -> tuple[Aggregate, ...]:
    """Return each aggregate once, however many families declare it."""
    return tuple(dict.fromkeys(aggregates))


LEAD_PLAN = build_lead_plan(LeadBehaviorSettings())
