"""What is known of the lead that a conversation is with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.caller import Caller
from core.criteria.facts import Facts
from core.identifiers import LeadId
from core.scoring.result import ScoreWarning


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadPicture:
    """A lead."""

    score: float | None = None
    """0 to 100; None without a record to score, or where it cannot be scored now."""
    event_count: int = 0
    """Of the events that are known of it."""
    days_since_event: float | None = None
    """Days since its newest event; None without one."""
    warnings: tuple[ScoreWarning, ...] = ()


class LooksAtLeads(Protocol):
    """Looks leads up."""

    def picture(self, caller: Caller, lead_id: LeadId, moment: datetime) -> LeadPicture:
        """Return what is known of a lead.

        Raises:
            NotFound: If it is neither stored nor has events, or is another seller's.
            DependencyDown: If that cannot be told.
        """


class KnowsFacts(Protocol):
    """Says what criteria of a tenant's own may look at beside the conversation."""

    def facts(self, caller: Caller, lead_id: LeadId) -> Facts:
        """Return ``lead.*``, ``behavior.*`` and ``health.*`` of a lead; what is not known is not in it."""
