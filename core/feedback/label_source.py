"""What labels are made from, lead by lead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.feedback.feedback import StoredFeedback
from core.identifiers import LeadId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedOutcome:
    """The outcome written with a lead."""

    converted: bool
    outcome_time: datetime
    record_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadEvidence:
    """All that was known of how one lead fared."""

    lead_id: LeadId
    create_time: datetime
    """When it was first recorded."""
    first_shown_time: datetime | None = None
    """When a score of it was first given, None if none was."""
    outcome: RecordedOutcome | None = None
    """The one written last."""
    feedback: tuple[StoredFeedback, ...] = ()
    """The revisions that held, in any order."""


class LabelSource(Protocol):
    """Reads what was recorded."""

    def evidence(self, tenant: TenantId, as_of: datetime) -> Iterator[LeadEvidence]:
        """Yield the leads recorded by ``as_of`` of which anything was known then, ordered by lead id.

        A revision counts if it was recorded by then and not corrected until after.
        """
