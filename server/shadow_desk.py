"""Reports on versions in the shadow, of every kind."""

from __future__ import annotations

from dataclasses import dataclass

from core.conversation.heads.shadow_report import HeadShadowReports
from core.identifiers import TenantId
from core.monitoring.shadow_report import ShadowReport, ShadowReports
from core.version import HEAD_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowDesk:
    """Asks whoever knows of a kind."""

    scores: ShadowReports
    heads: HeadShadowReports

    def report(self, tenant: TenantId, kind: str) -> ShadowReport:
        """Return the report on a tenant's version in the shadow; one without it if there is none.

        Raises:
            DependencyDown: If the database does not work.
        """
        reports = self.heads if kind in HEAD_KINDS else self.scores
        return reports.report(tenant, kind)
