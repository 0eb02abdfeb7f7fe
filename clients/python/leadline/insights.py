"""How agents do beside their peers, and how what leads want changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from leadline.score import Interval


class AgentComparison(Enum):
    """What may be said of an agent's figure."""

    NOT_ENOUGH_DATA = "not_enough_data"
    NO_DIFFERENCE_PROVEN = "no_difference_proven"
    BETTER = "better"
    WORSE = "worse"
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFigure:
    """A figure of an agent beside its peers."""

    name: str
    """``response_minutes``, ``contact_success`` or ``conversion``."""
    segment: str
    """Leads it is about; "" for all."""
    unit: str
    """``minutes`` or ``share``."""
    comparison: AgentComparison
    sample_count: int
    peer_sample_count: int
    peer_count: int
    value: float | None
    """None without enough data, as the three that follow."""
    interval: Interval | None
    peer_value: float | None
    peer_interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoachingSuggestion:
    """What an agent could work on."""

    text: str
    figure_name: str
    segment: str
    potential: float
    """How far the agent is behind its peers, in the figure's unit."""
    example_lead_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentInsights:
    """How an agent does."""

    agent_id: str
    start_time: datetime
    end_time: datetime
    figures: tuple[AgentFigure, ...]
    suggestions: tuple[CoachingSuggestion, ...]
    """What promises most first; none where nothing is proven."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceChange:
    """A change of what a lead wants."""

    property_name: str
    """``item_type``, ``location_name`` or ``price``."""
    before: str
    after: str
    since_time: datetime
    p_value: float
    before_count: int
    after_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceDrift:
    """What became of a lead's wishes."""

    changes: tuple[PreferenceChange, ...]
    has_too_few_events: bool
    event_count: int
    start_time: datetime | None
    significance_level: float
