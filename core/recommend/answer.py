"""What is asked of the recommender, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from core.errors import InvalidInput
from core.identifiers import LeadId, check_identifier
from core.recommend.filtering import ItemFilter
from core.recommend.item import Item
from core.recommend.rules import MOST_PLACES, Rule, check_rules
from core.scoring.result import ScoreWarning

USUAL_LIMIT = 10
USUAL_DIVERSITY = 0.2


class Source(StrEnum):
    """What recommended."""

    MODEL = "model"
    CONTENT = "content"
    POPULARITY = "popularity"


class ReasonKind(StrEnum):
    """What a reason rests on."""

    COLLABORATIVE = "collaborative"
    CONTENT = "content"
    PROFILE = "profile"
    POPULARITY = "popularity"
    NEW_ITEM = "new_item"
    EXPLORATION = "exploration"


class Evidence(NamedTuple):
    """One thing a lead did that a reason rests on."""

    event_id: str
    kind: str
    """Value of an EventKind."""
    item_id: str
    occurred_us: int
    """Microseconds since 1970 UTC."""
    share: float
    """In the reason, in (0, 1]."""


class Reason(NamedTuple):
    """Why an item was recommended."""

    kind: ReasonKind
    text: str
    share: float
    """In what speaks for the item, in [0, 1]."""
    evidence: Sequence[Evidence] = ()
    """The weightiest first."""
    lead_count: int = 0
    """Leads it rests on, for popularity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommended:
    """One item in its place."""

    item: Item
    score: float
    """0 to 100 within the items that may be recommended: 100 is the best before rules and diversity."""
    confidence: float
    """How much evidence there is, in [0, 1); see :mod:`core.recommend.confidence`."""
    reasons: Sequence[Reason]
    """One or more, the weightiest first."""
    propensity: float
    """Probability with which it was put at this place, given the places before, in (0, 1]."""
    attribution_token: str
    rule_names: Sequence[str] = ()


MODEL_FAILED = ScoreWarning(
    code="MODEL_FAILED", message="The model version cannot be used now; what is known otherwise recommended."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendations:
    """An answer."""

    items: Sequence[Recommended]
    source: Source
    model_version: str
    """"" without one."""
    left_out: Mapping[str, int]
    """How many items were left out, by why: seen, unavailable, filtered, rule."""
    up_to_sequence: int
    recommend_time: datetime
    experiment: str = ""
    variant: str = ""
    warnings: Sequence[ScoreWarning] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a caller asks for.

    Raises:
        InvalidInput: On construction; names what is wrong.
    """

    lead_id: LeadId
    limit: int = USUAL_LIMIT
    filter: ItemFilter = field(default_factory=ItemFilter)
    diversity: float = USUAL_DIVERSITY
    rules: Sequence[Rule] = ()

    def __post_init__(self) -> None:
        check_identifier(self.lead_id, "lead_id")
        check_places(self.limit)
        if not 0.0 <= self.diversity <= 1.0:
            raise InvalidInput.of("diversity", "must be 0 to 1")
        check_rules(self.rules)


def check_places(limit: int) -> None:
    """Do nothing if so many items may be asked for.

    Raises:
        InvalidInput: If not.
    """
    if not 1 <= limit <= MOST_PLACES:
        raise InvalidInput.of("limit", f"must be 0 to {MOST_PLACES}")
