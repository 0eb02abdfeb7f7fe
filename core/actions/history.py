"""What was done with a lead before, for rules that look back: cool-downs, caps, exclusions, "not now"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.actions.outcome import TAKEN, ActionOutcome
from core.identifiers import LeadId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One action and what became of it, however often that was reported.

    Reports of one answer's action are one contact; without an answer, an end ("converted", "not converted") belongs to
    the newest time the action was taken within 30 days before it, and reports of the same moment are one.
    """

    action_id: str
    group: str
    channel: str
    agent_id: str
    outcome: ActionOutcome
    """The newest that was reported; an end stays an end."""
    time: datetime
    """When it was taken: of its first report. When it was last declined, for one that was not taken."""

    @property
    def is_taken(self) -> bool:
        """Whether the lead was contacted; a rejection or a "not now" is none."""
        return self.outcome in TAKEN


class ContactHistory(Protocol):
    """Reads what was done. Only actions that were taken count for agents and days."""

    def of_lead(self, tenant: TenantId, lead_id: LeadId, since: datetime) -> Sequence[Contact]:
        """Return the contacts of a lead since a moment, oldest first, and every rejection, however old."""

    def agent_times(self, tenant: TenantId, agent_id: str, since: datetime) -> Mapping[str, Sequence[datetime]]:
        """Return when an agent took each action since a moment, oldest first; actions it never took are not in it."""

    def day_counts(
        self, tenant: TenantId, day_start: datetime, action_ids: Sequence[str] | None = None
    ) -> Mapping[str, int]:
        """Return how often each action was taken in the 24 hours from a moment on.

        Args:
            tenant: Whose.
            day_start: Begin of the UTC day.
            action_ids: Only these, which is quicker; None: all. Those never taken are not in the answer.
        """
