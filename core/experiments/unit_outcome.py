"""What became of a unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitOutcome:
    """One unit by its first exposure: what happened to its leads after it, and within the conversion window."""

    unit_id: str
    variant: str
    propensity: float
    is_override: bool
    exposure_time: datetime
    lead_count: int
    converted_leads: int
    """Leads that converted in time."""
    contact_success: bool
    converted_early: bool
    """One of its leads had converted before the exposure, and counts for nothing."""
    fallback_answers: int
    """Leads that were not scored by the variant's model."""
    conversion_value: float
    score_sum: float
    """Of the scores its leads were first shown with, 0 to 100 each."""
    score_count: int
    baseline_score: float | None
    allocation: int = 0
    """Number of the allocation that decided at its first exposure."""

    @property
    def converted(self) -> bool:
        """Whether any lead did."""
        return self.converted_leads > 0
