"""A unit saw a variant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.identifiers import LeadId


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """The first time a unit was shown a variant."""

    experiment: str
    unit_id: str
    """Normalized, see core.experiments.units."""
    variant: str
    propensity: float
    is_override: bool
    allocation: int
    baseline_score: float | None
    """What the control's version said of the lead then, 0 to 100; None where no lead was scored."""
    exposure_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedLead:
    """A lead whose fate counts for a unit."""

    lead_id: LeadId
    score: float | None = None
    """What it was first shown with, 0 to 100; None where it was not scored."""
    source: str = ""
    """What kind of scorer said so, a ScoreSource; "" where it was not scored."""
