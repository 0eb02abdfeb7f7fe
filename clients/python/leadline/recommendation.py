"""What to show a lead next, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from leadline.item import Item
from leadline.score import ScoreWarning


class RecommendationSource(Enum):
    """What recommended."""

    MODEL = "model"
    CONTENT = "content"
    """No model serves: what is known of the items, and what the lead did."""
    POPULARITY = "popularity"
    """Nothing is known of the lead yet: what others do, and what it said of itself."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


class ReasonKind(Enum):
    """What a reason rests on."""

    COLLABORATIVE = "collaborative"
    """What leads do who did the same."""
    CONTENT = "content"
    """The item is like those the lead chose."""
    PROFILE = "profile"
    """The item fits what the lead said of itself."""
    POPULARITY = "popularity"
    NEW_ITEM = "new_item"
    EXPLORATION = "exploration"
    """Chance put it there, to learn whether it is liked."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """Which items may be recommended. Texts are compared without regard to case and spaces."""

    item_types: Sequence[str] = ()
    """Empty: all."""
    location_names: Sequence[str] = ()
    """Empty: all."""
    min_price: float | None = None
    max_price: float | None = None
    excluded_item_ids: Sequence[str] = ()
    include_seen: bool = False
    """Also items the lead has already done something with."""
    attribute_texts: Mapping[str, str] = field(default_factory=dict)
    """Text attributes by name, and the value each must have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationRule:
    """A rule of the business over the order. Exactly one of ``boost``, ``most`` and ``least`` is set."""

    name: str
    items: ItemFilter
    """Which items it is about."""
    boost: float | None = None
    """Multiplies their part in the order, 0.1 to 10."""
    most: int | None = None
    """At most so many of them, 0 to 100."""
    least: int | None = None
    """At least so many of them if there are that many, 1 to 100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonEvidence:
    """One thing the lead did that a reason rests on."""

    event_id: str
    kind: str
    """What it was, for example ``item_saved``."""
    item_id: str
    occurred_time: datetime
    share: float
    """In the reason, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationReason:
    """Why an item was recommended."""

    kind: ReasonKind
    text: str
    """For example: because you saved three lofts in SoHo under 3,000."""
    share: float
    """In what speaks for the item, 0 to 1."""
    evidence: tuple[ReasonEvidence, ...]
    """The weightiest first."""
    lead_count: int
    """Leads it rests on, for POPULARITY."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendedItem:
    """One item in its place."""

    item: Item
    score: float
    """0 to 100 within the answer's candidates."""
    confidence: float
    """How much evidence there is, 0 to 1."""
    reasons: tuple[RecommendationReason, ...]
    """One or more, the weightiest first."""
    propensity: float
    """Probability with which it was put at this place; below 1 only where the server explores."""
    attribution_token: str
    """Send it with the events that follow."""
    rule_names: tuple[str, ...]
    """Rules that moved it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendations:
    """An answer; the best item first."""

    items: tuple[RecommendedItem, ...]
    source: RecommendationSource
    model_version: str
    """Empty without one."""
    left_out_counts: Mapping[str, int]
    """Items that were left out, by why: seen, unavailable, filtered, rule."""
    up_to_sequence: int
    """Of the newest event of the lead that was taken in."""
    recommend_time: datetime | None
    experiment: str
    variant: str
    warnings: tuple[ScoreWarning, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarItem:
    """An item like another."""

    item: Item
    similarity: float
    """-1 to 1."""
    shared_properties: tuple[str, ...]
    """In words, for example: type loft."""
