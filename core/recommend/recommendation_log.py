"""What was shown, as logged: what comes of it joins by the token, and other rankers are judged by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from core.identifiers import LeadId, TenantId

MOST_CANDIDATES = 50
"""Best candidates that were not shown, of each answer."""


class LoggedItem(NamedTuple):
    """An item in its place."""

    item_id: str
    score: float
    """What it was ordered by, >= 0."""
    propensity: float
    """Probability of it at this place, given the places before."""


class LoggedCandidate(NamedTuple):
    """An item that had no place."""

    item_id: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationRow:
    """One answer."""

    tenant: TenantId
    token_id: str
    """Tokens of its items are this, a dot and their place from 1."""
    lead_id: LeadId
    version: str
    source: str
    recommend_time: datetime
    up_to_sequence: int
    experiment: str
    variant: str
    exploration: float
    """Probability of each place after the first to be given by chance."""
    items: Sequence[LoggedItem]
    candidates: Sequence[LoggedCandidate]


class RecommendationLog(Protocol):
    """Keeps what was shown."""

    def append(self, rows: Sequence[RecommendationRow]) -> None:
        """Write a batch. A row that is there already is left as it is; one of a lead erased since is not kept."""


def place_token(token_id: str, place: int) -> str:
    """Return the id of the token of one place of an answer, from 1."""
    return f"{token_id}.{place}"
