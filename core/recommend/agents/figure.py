"""A figure of an agent beside its peers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.experiments.results import Range


class Comparison(StrEnum):
    """What may be said of a figure."""

    NOT_ENOUGH_DATA = "not_enough_data"
    NO_DIFFERENCE_PROVEN = "no_difference_proven"
    BETTER = "better"
    WORSE = "worse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of an agent beside its peers."""

    name: str
    """``response_minutes``, ``contact_success`` or ``conversion``."""
    segment: str
    """"" for all leads."""
    unit: str
    """``minutes`` or ``share``."""
    comparison: Comparison
    sample_count: int
    peer_sample_count: int
    peer_count: int
    value: float | None = None
    """None without enough data, as all that follow."""
    interval: Range | None = None
    peer_value: float | None = None
    """Of shares over all leads: with the peers' leads mixed by segment as the agent's are."""
    peer_interval: Range | None = None
