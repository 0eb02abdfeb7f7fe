"""Which variant a unit gets, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.experiments.experiment import Variant


class AssignmentReason(StrEnum):
    """Why a unit has a variant, or none."""

    HASH = "hash"
    STICKY = "sticky"
    OVERRIDE = "override"
    HOLDOUT = "holdout"
    NOT_IN_TRAFFIC = "not_in_traffic"
    NOT_RUNNING = "not_running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What a unit gets."""

    variant: Variant | None
    """None: it takes no part."""
    reason: AssignmentReason
    propensity: float = 0.0
    """Chance it had to get this variant, in (0, 1]; 1 for testers; 0 if it takes no part."""
    allocation: int = 0
    """Number of the allocation that decided; 0: the percentages that were set."""
