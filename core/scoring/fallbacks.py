"""Chooses between rules and conversion tables for tenants without a model."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from core.deadline import time_left
from core.errors import DeadlineSpent, DependencyDown
from core.features.keywords import KeywordFamilies
from core.identifiers import TenantId
from core.lead import StoredLead
from core.resilience.patience import tightened
from core.scoring.baseline import BaselineScorer
from core.scoring.estimate import FallbackScorer
from core.scoring.rules import RuleScorer

MAX_OUTCOMES = 20_000
"""The newest outcomes the tables are made from: a tenant with more can have a model at any time."""
CHEAP_SECONDS = 0.02
FEW_OUTCOMES = 100
"""So many are cheap to count however long it took once, on a machine that had other things to do."""
REST_PER_COST = 10.0
FIRST_LOOK = timedelta(seconds=0.5)
"""Most time a call may spend on reading outcomes."""
RETRY_SECONDS = 1.0
"""Between two tries to read them for a call."""


class OutcomeSource(Protocol):
    """Where outcomes come from. :class:`core.ports.LeadStore` is one."""

    def labelled(self, tenant: TenantId) -> Iterator[StoredLead]:
        """Yield every lead with an outcome, oldest outcome first."""

    def outcome_revision(self, tenant: TenantId) -> int:
        """Return a number that rises with every outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Built:
    scorer: FallbackScorer
    revision: int
    cost_seconds: float
    """How long building took."""
    built_at: float
    """On the monotonic clock."""

    @property
    def is_cheap(self) -> bool:
        """Whether building it anew takes no time worth speaking of."""
        count = self.scorer.outcome_count if isinstance(self.scorer, BaselineScorer) else 0
        return self.cost_seconds < CHEAP_SECONDS or count <= FEW_OUTCOMES


class OutcomeFallbacks:
    """Rules until a tenant has an outcome, conversion tables from the first one on.

    Few outcomes are counted anew with every write; many would make writes slow, and are counted in the background, in
    at most a tenth of the time.

    Args:
        outcomes: The recorded outcomes.
        keywords: Families for the rules.
        timer: Monotonic seconds.
    """

    def __init__(
        self, outcomes: OutcomeSource, keywords: KeywordFamilies, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._outcomes = outcomes
        self._rules = RuleScorer(keywords)
        self._timer = timer
        self._built: dict[TenantId, _Built] = {}
        self._building = threading.Lock()

    def current(self, tenant: TenantId) -> FallbackScorer:
        """Return the scorer as of the last refresh; the rules while there was none, because the store is down."""
        built = self._built.get(tenant)
        if built is not None and (built.revision >= 0 or self._timer() - built.built_at < RETRY_SECONDS):
            return built.scorer
        try:
            with tightened(FIRST_LOOK):
                return self.refresh(tenant)
        except (DependencyDown, DeadlineSpent):
            rules = _Built(scorer=self._rules, revision=-1, cost_seconds=0.0, built_at=self._timer())
            self._built[tenant] = rules
            return self._rules

    def refresh(self, tenant: TenantId) -> FallbackScorer:
        """Bring a tenant's tables up to the recorded outcomes and return its scorer."""
        with self._alone():
            revision = self._outcomes.outcome_revision(tenant)
            built = self._built.get(tenant)
            if built is not None and built.revision == revision:
                return built.scorer
            started = self._timer()
            scorer = self._build(tenant)
            ended = self._timer()
            self._built[tenant] = _Built(scorer=scorer, revision=revision, cost_seconds=ended - started, built_at=ended)
            return scorer

    def refresh_if_due(self, tenant: TenantId) -> None:
        """Refresh unless the last time was too short ago for what it cost."""
        built = self._built.get(tenant)
        if built is None or self._timer() - built.built_at >= REST_PER_COST * built.cost_seconds:
            self.refresh(tenant)

    def refresh_if_cheap(self, tenant: TenantId) -> None:
        """Refresh at once if that takes no time worth speaking of: right after a write."""
        built = self._built.get(tenant)
        if built is None or not built.is_cheap:
            return
        with suppress(DependencyDown, DeadlineSpent), tightened(FIRST_LOOK):  # what was written is written
            self.refresh(tenant)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        left = time_left()
        if not self._building.acquire(timeout=-1 if left is None else left.total_seconds()):
            raise DeadlineSpent("somebody else is reading the outcomes")
        try:
            yield
        finally:
            self._building.release()

    def _build(self, tenant: TenantId) -> FallbackScorer:
        newest = deque(self._outcomes.labelled(tenant), maxlen=MAX_OUTCOMES)
        if not newest:
            return self._rules
        return BaselineScorer((stored.lead, stored.outcome.converted) for stored in newest if stored.outcome)
