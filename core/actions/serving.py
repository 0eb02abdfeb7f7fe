"""What each tenant's actions bring, as this process knows it at the moment: counted outcomes, and the active ranker."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from core.actions.effects import Effect, EffectModel, NoEffects
from core.actions.known_action import OUTCOME_WINDOW
from core.actions.ranker_model import RankerModel
from core.actions.tallies import Tally, TallyEffects
from core.criteria.facts import Facts
from core.errors import LeadlineError, WrongState
from core.identifiers import TenantId
from core.ports import Clock
from core.resilience.apart import problem_of
from core.resilience.breaker import CircuitBreaker
from core.scoring.model_runs import FAILURES, ML, REST, ModelFailed
from core.version import NEXT_ACTION, ActivePointer, ModelVersion

COUNTED = timedelta(days=365)
"""Older outcomes are not counted: what worked a year ago may not now."""
COUNT_EVERY = 15.0
"""Seconds between two counts of a tenant's outcomes, at least."""
REST_SHARE = 50.0
"""After a count rest so many times as long as it took."""
RETRY_REFUSED = 10.0
"""Seconds until a version that was refused is tried again."""
MOST_TENANTS = 2_000
MOST_PINNED = 24
"""Versions besides the serving ones that stay loaded: those of experiments, and those that callers name."""

Files = Mapping[str, bytes]
ReadRanker = Callable[[Files], RankerModel]
"""Turns verified files into a ranker, or raises ArtifactRefused."""


class RankerSource(Protocol):
    """Where versions come from. :class:`core.registry.model_registry.ModelRegistry` is one."""

    def active(self, tenant: TenantId, kind: str) -> ActivePointer | None:
        """Return the active pointer, None if no version ever served."""

    def active_everywhere(self, kind: str) -> Mapping[TenantId, ActivePointer]:
        """Return the active pointer of every tenant that has one."""

    def load(self, tenant: TenantId, kind: str, version: str) -> tuple[ModelVersion, Files]:
        """Return a version and its verified files."""


class TallyReader(Protocol):
    """Counts outcomes."""

    def newest(self, tenant: TenantId) -> datetime | None:
        """Return when the newest report was recorded."""

    def tallies(self, tenant: TenantId, since: datetime, settled: datetime) -> Sequence[Tally]:
        """Return what came of each action since a moment; what was taken before ``settled`` has ended."""


class GuardedRanker:
    """A ranker that is left alone for a while when it fails. Implements :class:`core.actions.effects.EffectModel`.

    Args:
        model: The ranker.
        breaker: Of this version of this tenant.
    """

    def __init__(self, model: RankerModel, breaker: CircuitBreaker | None = None) -> None:
        self._model = model
        self.breaker = breaker or CircuitBreaker(ML, FAILURES, REST)

    @property
    def version(self) -> str:
        """Name of the version."""
        return self._model.version

    def effects(self, facts: Facts, action_ids: Sequence[str]) -> Mapping[str, Effect]:
        """Return what each action brings to a lead.

        Raises:
            DependencyDown: If the model fails, or failed too often. Then :meth:`ActionEffects.counted` serves.
        """
        with self.breaker.guard():
            try:
                return self._model.effects(facts, action_ids)
            except Exception as failed:
                raise ModelFailed from failed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known of one tenant."""

    counted: EffectModel
    ranker: GuardedRanker | None = None
    revision: int = 0
    """Of the active pointer when it was looked at; 0 without one."""
    newest: datetime | None = None
    """When the newest report that was counted was recorded."""
    counted_on: datetime | None = None
    next_count: float = 0.0
    next_try: float = 0.0
    problem: str = ""
    """Why the active version does not serve, empty when all is well."""


class ActionEffects:
    """Keeps what is known of tenants that were asked for. Readers wait only for the first look at a tenant.

    One thread calls :meth:`refresh` again and again.

    Args:
        versions: Pointers and files.
        tallies: Counts outcomes.
        read_ranker: Turns files into a ranker.
        clock: The present moment.
        timer: Monotonic seconds.
    """

    def __init__(
        self,
        versions: RankerSource,
        tallies: TallyReader,
        read_ranker: ReadRanker,
        clock: Clock,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._versions = versions
        self._tallies = tallies
        self._read_ranker = read_ranker
        self._clock = clock
        self._timer = timer
        self._known: OrderedDict[TenantId, _Known] = OrderedDict()
        self._pinned: OrderedDict[tuple[TenantId, str], GuardedRanker] = OrderedDict()
        self._lock = threading.Lock()

    def active(self, tenant: TenantId) -> EffectModel:
        """Return the active ranker, or without one what counted outcomes say.

        Never raises: without a store nothing is known.
        """
        known = self._look_up(tenant)
        return known.ranker or known.counted

    def counted(self, tenant: TenantId) -> EffectModel:
        """Return what counted outcomes say: the twin of every ranker, for when it fails."""
        return self._look_up(tenant).counted

    def problem(self, tenant: TenantId) -> str:
        """Return why the tenant's active version does not serve, "" when all is well."""
        return self._look_up(tenant).problem

    def pinned(self, tenant: TenantId, version: str) -> EffectModel:
        """Return a named version, loading it if needed.

        Raises:
            NotFound: If the tenant has no such version.
            WrongState: If it is retired or damaged.
            DependencyDown: If it has to be read and the store does not work.
        """
        known = self._look_up(tenant)
        if known.ranker is not None and known.ranker.version == version:
            return known.ranker
        key = (tenant, version)
        found = self._pinned.get(key)
        if found is not None:
            return found
        loaded = self._load(tenant, version)
        with self._lock:
            self._pinned[key] = loaded
            while len(self._pinned) > MOST_PINNED:
                self._pinned.popitem(last=False)
        return loaded

    def refresh(self) -> str | None:
        """Bring every tenant that was asked for up to date; return the last problem, None without one."""
        tenants = list(self._known)
        if not tenants:
            return None
        try:
            pointers = self._versions.active_everywhere(NEXT_ACTION)
        except LeadlineError as failed:
            return failed.message
        problems = [problem_of(partial(self._refresh, tenant, pointers.get(tenant))) for tenant in tenants]
        problems += [known.problem for known in list(self._known.values())]
        return next(filter(None, reversed(problems)), None)

    def _look_up(self, tenant: TenantId) -> _Known:
        known = self._known.get(tenant)
        if known is not None:
            return known
        with self._lock:
            return self._known.get(tenant) or self._first(tenant)

    def _first(self, tenant: TenantId) -> _Known:
        empty = _Known(counted=NoEffects())
        try:
            known = self._counted(tenant, self._ranked(tenant, empty, self._versions.active(tenant, NEXT_ACTION)))
        except LeadlineError:
            # Not kept: the next call looks again.
            return empty
        self._known[tenant] = known
        while len(self._known) > MOST_TENANTS:
            self._known.popitem(last=False)
        return known

    def _refresh(self, tenant: TenantId, pointer: ActivePointer | None) -> None:
        before = self._known.get(tenant)
        if before is None:
            return
        after = self._counted(tenant, self._ranked(tenant, before, pointer))
        with self._lock:
            if tenant in self._known:
                self._known[tenant] = after

    def _ranked(self, tenant: TenantId, known: _Known, pointer: ActivePointer | None) -> _Known:
        """Take the active version; the one before serves on if it is refused."""
        if pointer is None:
            return replace(known, ranker=None, revision=0, problem="")
        waits = known.problem and self._timer() < known.next_try
        if pointer.revision == known.revision and (not known.problem or waits):
            return known
        try:
            ranker = self._load(tenant, pointer.version)
        except WrongState as refused:
            problem = f"{pointer.version}: {refused.message}"
            next_try = self._timer() + RETRY_REFUSED
            return replace(known, revision=pointer.revision, problem=problem, next_try=next_try)
        return replace(known, ranker=ranker, revision=pointer.revision, problem="")

    def _counted(self, tenant: TenantId, known: _Known) -> _Known:
        if self._timer() < known.next_count:
            return known
        begun = self._timer()
        newest, now = self._tallies.newest(tenant), self._clock()
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        # Without new reports the day changes it: what was pending has ended.
        if (newest, day) == (known.newest, known.counted_on):
            return replace(known, next_count=begun + COUNT_EVERY)
        counted = NoEffects() if newest is None else self._count(tenant, now)
        ended = self._timer()
        rest = max(COUNT_EVERY, REST_SHARE * (ended - begun))
        return replace(known, counted=counted, newest=newest, counted_on=day, next_count=ended + rest)

    def _count(self, tenant: TenantId, now: datetime) -> EffectModel:
        return TallyEffects(self._tallies.tallies(tenant, now - COUNTED, now - OUTCOME_WINDOW))

    def _load(self, tenant: TenantId, version: str) -> GuardedRanker:
        _, files = self._versions.load(tenant, NEXT_ACTION, version)
        return GuardedRanker(self._read_ranker(files))
