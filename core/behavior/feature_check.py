"""Works out again, from the log of events, a sample of the features that were served, and counts what differs.

The way of Chronon's online-offline consistency check: what was served is logged with its moment, and the other
interpreter of the same declarations says what it must have been.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Protocol

from core.behavior.event_log import EventReader
from core.behavior.recording import microseconds_of
from core.behavior.served_vectors import ServedVector, ServedVectorStore
from core.event import Event
from core.features.streams.declaration import Value
from core.identifiers import LeadId, TenantId
from core.ports import Clock

SAMPLE = 500
"""Vectors of one check."""
FIRST_LOOKS_BACK = timedelta(days=1)
LEADS_AT_ONCE = 20
"""Whose events are held together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One feature of a check."""

    feature: str
    compared: int
    differing: int


class PastValues(Protocol):
    """Works features of the past out."""

    def of(self, events: Sequence[Event], vectors: Sequence[ServedVector]) -> Sequence[Mapping[str, Value]]:
        """Return the features as of each vector's moment and newest event, in order."""


class MismatchStore(Protocol):
    """Keeps what checks found."""

    def last_check(self, tenant: TenantId) -> datetime | None:
        """Return when the newest check was; None before the first."""

    def record(self, tenant: TenantId, check_time: datetime, found: Sequence[Mismatch]) -> None:
        """Keep what a check found; the same check again changes nothing."""

    def newest(self) -> Mapping[str, tuple[int, int]]:
        """Return feature to (compared, differing), added up over the newest check of every tenant."""

    def prune(self, tenant: TenantId, before: datetime) -> int:
        """Remove what older checks found and return how many rows."""


class FeatureCheck:
    """Compares what was served since the last check with the log.

    Args:
        vectors: What was served.
        events: The log.
        past: The interpreter that does not serve.
        mismatches: Where findings go.
        plan_hash: Of the declarations of this code: what others served is theirs to check.
        clock: The present moment.
    """

    def __init__(
        self,
        *,
        vectors: ServedVectorStore,
        events: EventReader,
        past: PastValues,
        mismatches: MismatchStore,
        plan_hash: str,
        clock: Clock,
    ) -> None:
        self._vectors = vectors
        self._events = events
        self._past = past
        self._mismatches = mismatches
        self._plan_hash = plan_hash
        self._clock = clock

    def check(self, tenant: TenantId) -> Sequence[Mismatch]:
        """Check one tenant and return what was found, by feature; nothing if nothing was served.

        Raises:
            DependencyDown: If the store does not work.
        """
        now = self._clock()
        until_us = microseconds_of(now)
        since = self._mismatches.last_check(tenant) or now - FIRST_LOOKS_BACK
        sample = self._vectors.sample(
            tenant, plan_hash=self._plan_hash, since_us=microseconds_of(since), until_us=until_us, limit=SAMPLE
        )
        if not sample:
            return ()
        leads = sorted({vector.lead_id for vector in sample})
        parts = [leads[start : start + LEADS_AT_ONCE] for start in range(0, len(leads), LEADS_AT_ONCE)]
        found = added_up(self._check_leads(tenant, part, sample, until_us) for part in parts)
        self._mismatches.record(tenant, now, found)
        return found

    def _check_leads(
        self, tenant: TenantId, leads: Sequence[LeadId], sample: Sequence[ServedVector], until_us: int
    ) -> list[Mismatch]:
        events = list(self._events.of_leads(tenant, leads, until_us=until_us))
        known = {event.lead_id for event in events}.intersection(leads)
        # A lead that was erased since has no log to compare with.
        kept = [vector for vector in sample if vector.lead_id in known]
        return compare(kept, self._past.of(events, kept)) if kept else []


def compare(served: Sequence[ServedVector], past: Sequence[Mapping[str, Value]]) -> list[Mismatch]:
    """Count by feature how many values were not what the log says; names that only one side has differ."""
    compared: Counter[str] = Counter()
    differing: Counter[str] = Counter()
    for vector, values in zip(served, past, strict=True):
        for name in vector.features.keys() | values.keys():
            compared[name] += 1
            missing = name not in vector.features or name not in values
            differing[name] += missing or vector.features[name] != values[name]
    return [Mismatch(feature=name, compared=compared[name], differing=differing[name]) for name in sorted(compared)]


def added_up(parts: Iterable[Sequence[Mismatch]]) -> list[Mismatch]:
    """Return one sum for each feature, by name."""
    compared: Counter[str] = Counter()
    differing: Counter[str] = Counter()
    for one in chain.from_iterable(parts):
        compared[one.feature] += one.compared
        differing[one.feature] += one.differing
    return [Mismatch(feature=name, compared=compared[name], differing=differing[name]) for name in sorted(compared)]
