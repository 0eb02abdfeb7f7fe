"""States of leads in memory."""

from __future__ import annotations

from collections.abc import Sequence

from core.behavior.lead_history import LeadSnapshot
from core.identifiers import LeadId, TenantId


class ListedStates:
    """Implements what :class:`core.behavior.live.LiveLeads` needs of :class:`core.behavior.state_store.StateStore`."""

    def __init__(self) -> None:
        self.kept: dict[str, LeadSnapshot] = {}
        self.erasures = 0

    def get(self, tenant: TenantId, lead_id: LeadId) -> LeadSnapshot | None:
        return self.kept.get(lead_id)

    def save(self, tenant: TenantId, snapshots: Sequence[LeadSnapshot], *, erasures: int) -> bool:
        if erasures != self.erasures:
            return False
        self.kept |= {one.lead_id: one for one in snapshots}
        return True
