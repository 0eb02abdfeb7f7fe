"""What the server needs of the audit log."""

from __future__ import annotations

from typing import Protocol

from core.audit.record import AuditRecord
from core.caller import Caller
from core.identifiers import TenantId
from core.ports import Page


class AuditLog(Protocol):
    """Keeps the audit records. Those of changes are written by the stores, in the transactions of the changes."""

    def record_denied(self, caller: Caller, action: str, target: str, reason: str) -> None:
        """Record a privileged call that was refused.

        Raises:
            DependencyDown: If the record cannot be written. The call is to be refused all the same.
        """

    def list(self, tenant: TenantId, *, limit: int, after: str | None, actor: str, action: str) -> Page[AuditRecord]:
        """Return up to ``limit`` records, newest first, after the page key ``after``.

        Args:
            tenant: Whose chain.
            limit: Most records.
            after: ``next_key`` of the page before.
            actor: Only those of this actor; "" means all.
            action: Only those of this action; "" means all.
        """
