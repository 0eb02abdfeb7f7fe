"""What is known of how leads behave, as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from leadline.errors import LeadlineError

FeatureValue = float | str | datetime | None
"""A number in the unit of its definition, a category, a moment, or None: not known."""


class FeatureScaling(Enum):
    """How numbers are given."""

    UNSPECIFIED = "unspecified"
    """As they are, in their units."""
    MIN_MAX = "min_max"
    """From 0 (the least in training) to 1 (the most), by the active lead-score version."""
    Z_SCORE = "z_score"
    """Standard deviations from the mean of training, by the active lead-score version."""


class FeatureEntity(Enum):
    """Whose features they are."""

    LEAD = "lead"
    LEAD_ITEM = "lead_item"
    """A lead and an item."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureVector:
    """The features of a lead, or of a lead and an item."""

    lead_id: str
    item_id: str
    """Empty for features of a lead."""
    features: Mapping[str, FeatureValue]
    event_count: int
    """Events that went into it."""
    last_event_time: datetime | None
    """When the newest of them happened; None without events."""
    as_of_time: datetime
    """The moment the values are of."""
    up_to_sequence: int
    """Of the newest event that went into it, 0 without events."""
    definitions_hash: str
    """Changes with any of the definitions."""
    processing_duration: timedelta
    """How long the server took to work it out."""
    scaling_version: str
    """Version whose training the scaling comes from; empty without scaling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureResult:
    """The features of one of several, or why there are none."""

    vector: FeatureVector | None
    error: LeadlineError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureDefinition:
    """What one feature is."""

    name: str
    entity: FeatureEntity
    family: str
    """For example ``lead_behavior`` or ``session``."""
    description: str
    unit: str
    value_type: str
    """``number``, ``category`` or ``time``."""
    window: str
    """Span of history it looks at, for example ``30d``; ``ever`` for all of it."""
    default: FeatureValue
    """The value where there is too little to work it out from."""
    time_to_live: timedelta | None
    """After so long without an event the default holds; None: never."""
    version: int
    """Rises when the computation changes."""
