"""Where states of leads are stored, as the domain sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.behavior.lead_history import LeadSnapshot
from core.identifiers import LeadId, TenantId


class StateStore(Protocol):
    """Keeps copies of what the log says of leads with many events. To lose one costs time, nothing else."""

    def get(self, tenant: TenantId, lead_id: LeadId) -> LeadSnapshot | None:
        """Return the newest copy, None without one."""

    def save(self, tenant: TenantId, snapshots: Sequence[LeadSnapshot], *, erasures: int) -> bool:
        """Store copies in place of older ones, and of those of other plans.

        Args:
            tenant: Whose leads they are.
            snapshots: Each lead once.
            erasures: How often a lead had been erased before any of the events was read.

        Returns:
            Whether they were; not if a lead was erased since: what was read may be about it.
        """

    def busy_leads(self, tenant: TenantId, *, after: int, until: int, least: int) -> Sequence[LeadId]:
        """Return the leads with at least ``least`` events with sequences above ``after``, up to ``until``."""

    def cursor(self, tenant: TenantId) -> int:
        """Return the sequence up to which busy leads were looked for; 0 at first."""

    def move_cursor(self, tenant: TenantId, sequence: int) -> None:
        """Remember how far busy leads were looked for. It never goes back."""
