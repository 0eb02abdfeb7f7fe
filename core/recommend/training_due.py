"""Says whether a tenant's recommender is to be trained anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from core.behavior.event_log import EventReader
from core.behavior.recording import microseconds_of
from core.identifiers import TenantId
from core.ports import Clock
from core.registry.model_registry import ModelRegistry
from core.version import RECOMMENDATION

TRAINED_EVERY = timedelta(days=1)
"""A version that is younger is not replaced."""
FEWEST_NEW_EVENTS = 200
"""About items, since the newest version was made: with fewer there is little to learn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Whether to train."""

    request_id: str
    """The same until a version is registered, so that a training that is repeated registers nothing twice."""
    reason: str
    """Why not; "" if it is due."""


class RecommenderDue:
    """Asks whether to train.

    Args:
        events: The log.
        registry: Of models.
        clock: The present moment.
    """

    def __init__(self, events: EventReader, registry: ModelRegistry, clock: Clock) -> None:
        self._events = events
        self._registry = registry
        self._clock = clock

    def ask(self, tenant: TenantId) -> Due:
        """Return whether to train a tenant's recommender.

        Where no version serves the newest one may be young: its training ended before it was activated.

        Raises:
            DependencyDown: If the store does not work.
        """
        newest = next(iter(self._registry.list(tenant, RECOMMENDATION, limit=1, after=None).items), None)
        name = "first" if newest is None else newest.manifest.version
        made_us = 0 if newest is None else microseconds_of(newest.create_time)
        serves = self._registry.active(tenant, RECOMMENDATION) is not None
        reason = ""
        if newest is not None and serves and self._clock() - newest.create_time < TRAINED_EVERY:
            reason = f"the newest version is younger than {TRAINED_EVERY.total_seconds() / 3_600:g} hours"
        elif not serves:
            reason = self._too_few(tenant, 0)
        else:
            reason = self._too_few(tenant, made_us)
        return Due(request_id=f"recommender-after-{name}", reason=reason)

    def _too_few(self, tenant: TenantId, since_us: int) -> str:
        about_items = (event for event in self._events.all(tenant, since_us=since_us) if event.item_id)
        count = sum(1 for _ in islice(about_items, FEWEST_NEW_EVENTS))
        return f"{count:,} new events about items are too few" if count < FEWEST_NEW_EVENTS else ""
