"""Exposures that this process knows to be stored, so that the same score again writes nothing."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from typing import Generic, NamedTuple, TypeVar

from core.experiments.exposure import Exposure
from core.identifiers import LeadId, TenantId

K = TypeVar("K")
V = TypeVar("V")
MOST_KNOWN = 50_000
"""Pairs of unit and lead, of all experiments; those that came last stay."""
LONGEST_KNOWN = timedelta(minutes=10)
"""After it an exposure is written again, which changes nothing where it is still stored. Where a lead was erased in
another process meanwhile, what it is shown from then on is recorded again so much later at most."""


class _Unit(NamedTuple):
    tenant: TenantId
    experiment: str
    unit_id: str
    variant: str


class KnownExposures:
    """Remembers stored exposures and the leads that were linked with them. Safe to share between threads.

    Args:
        most: Of exposures, and of links.
        longest: How long one is remembered after it was last written, or for the first of a unit read.
        timer: Seconds that only rise.
    """

    def __init__(
        self,
        most: int = MOST_KNOWN,
        longest: timedelta = LONGEST_KNOWN,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._exposures = _Recent[_Unit, Exposure](most, longest, timer)
        self._first = _Recent[tuple[TenantId, str, str], Exposure](most, longest, timer)
        self._links = _Recent[tuple[_Unit, LeadId], bool](most, longest, timer)
        self._scored_links = _Recent[tuple[_Unit, LeadId], bool](most, longest, timer)

    def exposure(self, tenant: TenantId, experiment: str, unit_id: str, variant: str) -> Exposure | None:
        """Return the exposure of a unit to a variant, None if it is not known."""
        return self._exposures.get(_Unit(tenant, experiment, unit_id, variant))

    def first(self, tenant: TenantId, experiment: str, unit_id: str) -> Exposure | None:
        """Return the first exposure of a unit to any variant, None if it is not known."""
        return self._first.get((tenant, experiment, unit_id))

    def is_scored(self, tenant: TenantId, exposure: Exposure, lead_id: LeadId) -> bool:
        """Return whether a lead is known to be linked with an exposure, and with the score it was first shown with."""
        return self._scored_links.get((_unit(tenant, exposure), lead_id)) is not None

    def is_linked(self, tenant: TenantId, exposure: Exposure, lead_id: LeadId) -> bool:
        """Return whether a lead is known to be linked with an exposure, scored or not."""
        link = (_unit(tenant, exposure), lead_id)
        return self._links.get(link) is not None or self._scored_links.get(link) is not None

    def remember_first(self, tenant: TenantId, exposure: Exposure) -> None:
        """Keep what the store says of the first exposure of a unit."""
        self._first.put((tenant, exposure.experiment, exposure.unit_id), exposure)

    def remember(self, tenant: TenantId, exposure: Exposure, lead_id: LeadId | None, *, scored: bool = True) -> None:
        """Keep an exposure that is stored, with a lead that was linked with it.

        Args:
            tenant: Whose.
            exposure: As it is stored.
            lead_id: None: none was linked.
            scored: Whether the lead was linked with a score; else it still waits for the first one it is shown with.
        """
        unit = _unit(tenant, exposure)
        self._exposures.put(unit, exposure)
        if lead_id is not None:
            (self._scored_links if scored else self._links).put((unit, lead_id), True)


class _Recent(Generic[K, V]):
    """What came last, for some time."""

    def __init__(self, most: int, longest: timedelta, timer: Callable[[], float]) -> None:
        self._most = most
        self._seconds = longest.total_seconds()
        self._timer = timer
        self._kept: OrderedDict[K, tuple[V, float]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        value, until = self._kept.get(key, (None, 0.0))
        return value if value is not None and self._timer() < until else None

    def put(self, key: K, value: V) -> None:
        with self._lock:
            self._kept[key] = (value, self._timer() + self._seconds)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def _unit(tenant: TenantId, exposure: Exposure) -> _Unit:
    return _Unit(tenant, exposure.experiment, exposure.unit_id, exposure.variant)
