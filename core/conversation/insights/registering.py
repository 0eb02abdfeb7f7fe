"""The use cases behind a tenant's own kinds of insights."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.caller import Caller
from core.conversation.insights.insight_type import InsightType, check_fields
from core.conversation.insights.insight_type_store import InsightTypeStore
from core.criteria.facts import FieldType
from core.errors import InvalidInput
from core.identifiers import TenantId, check_identifier
from core.ports import Page


class InsightTypeDesk:
    """Registers kinds of insights, lists and removes them.

    Args:
        store: Where they are kept.
        fields: What a criterion may look at beside the analysis.
        changed: Told whose kinds changed just now.
    """

    def __init__(
        self, store: InsightTypeStore, fields: Mapping[str, FieldType], changed: Callable[[TenantId], None]
    ) -> None:
        self._store = store
        self._fields = fields
        self._changed = changed

    def register(self, caller: Caller, request_id: str, kind: InsightType) -> InsightType:
        """Add a kind, or replace the one of the same key; return what is kept.

        Raises:
            InvalidInput: Names every comparison that does not fit the fields, below ``insight_type``.
            WrongState: If the tenant has as many as there may be.
            AlreadyExists: If ``request_id`` was used for another kind.
        """
        check_identifier(request_id, "request_id")
        try:
            check_fields(kind, self._fields)
        except InvalidInput as problem:
            raise problem.under("insight_type") from None
        kept = self._store.register(caller, request_id, kind)
        self._changed(caller.tenant)
        return kept

    def delete(self, caller: Caller, request_id: str, key: str) -> None:
        """Remove a kind.

        Raises:
            NotFound: If the tenant has no such kind.
            AlreadyExists: If ``request_id`` was used for another request.
        """
        check_identifier(request_id, "request_id")
        self._store.delete(caller, request_id, key)
        self._changed(caller.tenant)

    def page(self, tenant: TenantId, *, limit: int, after: str | None) -> Page[InsightType]:
        """Return up to ``limit`` kinds with keys above ``after``, by key."""
        return self._store.page(tenant, limit=limit, after=after)
