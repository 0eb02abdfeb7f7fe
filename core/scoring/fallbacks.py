"""Chooses between rules and conversion tables for tenants without a model."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from typing import Protocol

from core.features.keywords import KeywordFamilies
from core.identifiers import TenantId
from core.lead import StoredLead
from core.scoring.baseline import BaselineScorer
from core.scoring.estimate import FallbackScorer
from core.scoring.rules import RuleScorer

MAX_OUTCOMES = 20_000
"""The newest outcomes the tables are made from: a tenant with more can have a model at any time."""


class OutcomeSource(Protocol):
    """Where outcomes come from. :class:`core.ports.LeadStore` is one."""

    def labelled(self, tenant: TenantId) -> Iterator[StoredLead]:
        """Yield every lead with an outcome, oldest outcome first."""

    def outcome_revision(self, tenant: TenantId) -> int:
        """Return a number that rises with every outcome."""


class OutcomeFallbacks:
    """Rules until a tenant has an outcome, conversion tables from the first one on.

    Args:
        outcomes: The recorded outcomes.
        keywords: Families for the rules.
    """

    def __init__(self, outcomes: OutcomeSource, keywords: KeywordFamilies) -> None:
        self._outcomes = outcomes
        self._rules = RuleScorer(keywords)
        self._scorers: dict[TenantId, tuple[int, FallbackScorer]] = {}
        self._rebuilding = threading.Lock()

    def current(self, tenant: TenantId) -> FallbackScorer:
        """Return the scorer as of the last refresh."""
        known = self._scorers.get(tenant)
        return self.refresh(tenant) if known is None else known[1]

    def refresh(self, tenant: TenantId) -> FallbackScorer:
        """Bring a tenant's tables up to the recorded outcomes and return its scorer."""
        with self._rebuilding:
            revision = self._outcomes.outcome_revision(tenant)
            known = self._scorers.get(tenant)
            if known is not None and known[0] == revision:
                return known[1]
            scorer = self._build(tenant)
            self._scorers[tenant] = (revision, scorer)
            return scorer

    def _build(self, tenant: TenantId) -> FallbackScorer:
        newest = deque(self._outcomes.labelled(tenant), maxlen=MAX_OUTCOMES)
        if not newest:
            return self._rules
        return BaselineScorer((stored.lead, stored.outcome.converted) for stored in newest if stored.outcome)
