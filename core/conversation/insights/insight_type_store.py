"""Where a tenant's kinds of insights are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from core.caller import Caller
from core.conversation.insights.insight_type import InsightType
from core.identifiers import TenantId
from core.ports import Page


class InsightTypeReader(Protocol):
    """Reads the kinds of insights of tenants."""

    def revisions(self) -> Mapping[TenantId, int]:
        """Return a number for every tenant that has or had some; it rises with every change."""

    def all(self, tenant: TenantId) -> tuple[int, Sequence[InsightType]]:
        """Return the revision and the kinds of a tenant, by key."""


class InsightTypeStore(InsightTypeReader, Protocol):
    """Keeps kinds of insights. A call that returns has committed."""

    def register(self, caller: Caller, request_id: str, kind: InsightType) -> InsightType:
        """Add a kind, or replace the one of the same key; return what is kept.

        Raises:
            WrongState: TOO_MANY_INSIGHT_TYPES if the tenant has as many as there may be.
            AlreadyExists: If ``request_id`` was used for another kind.
        """

    def delete(self, caller: Caller, request_id: str, key: str) -> None:
        """Remove a kind.

        Raises:
            NotFound: If the tenant has no such kind.
            AlreadyExists: If ``request_id`` was used for another request.
        """

    def page(self, tenant: TenantId, *, limit: int, after: str | None) -> Page[InsightType]:
        """Return up to ``limit`` kinds with keys above ``after``, by key."""
