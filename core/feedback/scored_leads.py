"""Leads as they were when they were scored: what a model may learn from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.identifiers import LeadId, TenantId
from core.lead import Lead


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringHint:
    """Where to look for the moment a labelled lead was scored."""

    until: datetime
    """Aware. Scores after that do not count: the label was there already."""
    token_id: str = ""
    """Of the score that was shown with the label, "" if nobody said; it counts before any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredLead:
    """A lead as it was at its scoring moment."""

    lead: Lead
    """The revision recorded at or before the moment; the first one if none was."""
    moment: datetime
    """Of the last score that counts; where there is none, when the lead was posted, else recorded."""
    revision: int
    was_scored: bool


class ScoredLeads(Protocol):
    """Reads leads as they were when they were scored."""

    def scored_leads(self, tenant: TenantId, hints: Mapping[LeadId, ScoringHint]) -> Iterator[ScoredLead]:
        """Yield the leads of the hints that there are, ordered by id. An erased lead is not there."""
