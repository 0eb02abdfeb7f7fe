"""Where drift reports are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.identifiers import TenantId
from core.monitoring.findings import DriftReport


class DriftStore(Protocol):
    """Keeps what each drift check found. A call that returns has committed."""

    def append(self, tenant: TenantId, report: DriftReport) -> None:
        """Keep a report. One of the same moment takes its place."""

    def newest(self, tenant: TenantId, kind: str, version: str) -> DriftReport | None:
        """Return the newest report of a version, or None before the first check."""

    def history(self, tenant: TenantId, kind: str, version: str, limit: int) -> Sequence[DriftReport]:
        """Return up to ``limit`` reports of a version, newest first."""

    def prune(self, tenant: TenantId, before: datetime) -> int:
        """Forget reports made before a moment, except the newest of each version; return how many."""
