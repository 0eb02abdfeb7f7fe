"""Compares a head in the shadow with the one that serves."""

from __future__ import annotations

from collections.abc import Callable

from core.conversation.heads.agreement import HeadAgreements
from core.identifiers import TenantId
from core.monitoring.shadow_report import ShadowReport, Versions, wilson


class HeadShadowReports:
    """Makes reports.

    Args:
        versions: Says who serves and who is in the shadow.
        agreements: What was found.
        dropped: Says how many turns of a tenant were to be read and were not.
    """

    def __init__(
        self, versions: Versions, agreements: HeadAgreements, dropped: Callable[[TenantId], int] = lambda _tenant: 0
    ) -> None:
        self._versions = versions
        self._agreements = agreements
        self._dropped = dropped

    def report(self, tenant: TenantId, kind: str) -> ShadowReport:
        """Return the report on a tenant's head in the shadow; one without it if there is none.

        Its ``flips`` are turns of which the two say different classes; its ``mean_difference`` is the mean of
        the largest difference between their probabilities of a turn.
        """
        active, shadow = self._versions.active(tenant, kind), self._versions.shadow(tenant, kind)
        active_name = "" if active is None else active.version
        if shadow is None or active is None:
            return ShadowReport(shadow_version="", active_version=active_name)
        found = self._agreements.total(tenant, kind, shadow.version, active.version)
        return ShadowReport(
            shadow_version=shadow.version,
            active_version=active_name,
            reason=shadow.reason,
            start_time=shadow.start_time,
            sample_count=found.compared,
            flips=wilson(found.compared - found.agreed, found.compared),
            mean_difference=found.difference_total / found.compared if found.compared else 0.0,
            dropped_count=self._dropped(tenant),
        )
