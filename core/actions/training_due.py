"""Says whether a tenant's ranker of actions is to be trained anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.identifiers import TenantId
from core.ports import Clock
from core.registry.model_registry import ModelRegistry
from core.version import NEXT_ACTION

TRAINED_EVERY = timedelta(days=1)
"""A version that is younger is not replaced."""
FEWEST_NEW_REPORTS = 100
"""Since the newest version was made: with fewer there is little to learn."""
LOOKS_BACK = timedelta(days=365)


class ReportCounter(Protocol):
    """Counts reports of outcomes."""

    def count_known(self, tenant: TenantId, since: datetime) -> int:
        """Return how many reports since a moment are of actions that were chosen with a known probability below 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankerDue:
    """Whether to train."""

    request_id: str
    """The same until a version is registered, so that a training that is repeated registers nothing twice."""
    reason: str
    """Why not; "" if it is due."""


def ranker_due(registry: ModelRegistry, reports: ReportCounter, tenant: TenantId, clock: Clock) -> RankerDue:
    """Return whether to train a tenant's ranker.

    Raises:
        DependencyDown: If the store does not work.
    """
    newest = next(iter(registry.list(tenant, NEXT_ACTION, limit=1, after=None).items), None)
    now = clock()
    since = now - LOOKS_BACK if newest is None else newest.create_time
    request_id = f"ranker-after-{'first' if newest is None else newest.manifest.version}"
    if newest is not None and now - newest.create_time < TRAINED_EVERY:
        hours = TRAINED_EVERY.total_seconds() / 3_600
        return RankerDue(request_id=request_id, reason=f"the newest version is younger than {hours:g} hours")
    count = reports.count_known(tenant, since)
    few = count < FEWEST_NEW_REPORTS
    return RankerDue(request_id=request_id, reason=f"{count:,} new outcomes are too few" if few else "")
