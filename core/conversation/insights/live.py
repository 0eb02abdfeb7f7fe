"""The kinds of insights of tenants in the memory of a process, kept up to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from core.conversation.insights.custom import ReadyType
from core.conversation.insights.insight_type_store import InsightTypeReader
from core.errors import DeadlineSpent, DependencyDown
from core.identifiers import TenantId
from core.resilience.apart import problem_of
from core.resilience.patience import tightened

FIRST_LOOK = timedelta(milliseconds=500)
"""Longest wait for the kinds of a tenant that was not asked for before; without them there are no own insights."""
MOST_TENANTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    revision: int
    types: Sequence[ReadyType]


class LiveInsightTypes:
    """Keeps the kinds of every tenant that was asked for; what any process changes shows at the next look.

    Args:
        store: Where they are kept.
    """

    def __init__(self, store: InsightTypeReader) -> None:
        self._store = store
        self._known: dict[TenantId, _Known] = {}

    def of(self, tenant: TenantId) -> Sequence[ReadyType] | None:
        """Return the kinds of a tenant, by key; None where they cannot be read now."""
        known = self._known.get(tenant)
        if known is not None:
            return known.types
        try:
            with tightened(FIRST_LOOK):
                return self._read(tenant).types
        except (DependencyDown, DeadlineSpent):
            return None

    def changed(self, tenant: TenantId) -> None:
        """Take in what this process changed just now."""
        self._known.pop(tenant, None)

    def refresh(self) -> str | None:
        """Look for changes; return a problem, if there is one."""
        if not self._known:
            return None
        revisions = self._store.revisions()
        due = [tenant for tenant, known in list(self._known.items()) if known.revision != revisions.get(tenant, 0)]
        problems = [problem_of(partial(self._look, tenant)) for tenant in due]
        return next(filter(None, problems), None)

    def _look(self, tenant: TenantId) -> None:
        self._read(tenant)

    def _read(self, tenant: TenantId) -> _Known:
        revision, kinds = self._store.all(tenant)
        known = _Known(revision=revision, types=tuple(ReadyType.of(kind) for kind in kinds))
        if len(self._known) >= MOST_TENANTS:
            self._known.clear()
        self._known[tenant] = known
        return known
