"""What the domain needs of whoever keeps feedback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.caller import Caller
from core.errors import InvalidInput
from core.feedback.analytics import FeedbackCounts
from core.feedback.feedback import StoredFeedback
from core.feedback.told import FeedbackWrite
from core.identifiers import LeadId
from core.ports import Page

MAX_INTERACTIONS = 500
"""Most pieces of feedback of one request."""
DEFAULT_RETENTION_DAYS = 365
MAX_RETENTION_DAYS = 3_650


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackQuery:
    """What a list is narrowed to."""

    lead_id: LeadId | None = None
    agent_id: str = ""
    """"" for everybody's."""
    start_time: datetime | None = None
    """Inclusive."""
    end_time: datetime | None = None
    """Exclusive."""
    with_history: bool = False
    """Also revisions that were corrected."""

    def __post_init__(self) -> None:
        if self.with_history and self.lead_id is None:
            raise InvalidInput.of("with_history", "must be left out without lead_id")
        if self.start_time and self.end_time and self.start_time > self.end_time:
            raise InvalidInput.of("end_time", "must not be before start_time")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunedFeedback:
    """What pruning removed, or would remove."""

    pruned_count: int
    kept_count: int
    before_time: datetime
    """What happened before this moment goes."""


def retention_of(days: int) -> timedelta:
    """Return how long feedback is kept.

    Args:
        days: 1 to 3,650; 0 means 365.

    Raises:
        InvalidInput: If it is out of range.
    """
    chosen = days or DEFAULT_RETENTION_DAYS
    if not 1 <= chosen <= MAX_RETENTION_DAYS:
        raise InvalidInput.of("retention_days", f"must be 1 to {MAX_RETENTION_DAYS:,}, or 0 for the default")
    return timedelta(days=chosen)


class FeedbackStore(Protocol):
    """Keeps feedback and every revision of it. A call that returns has committed.

    A seller reads and writes feedback about its own leads; there is no other for it.
    """

    def record(
        self, caller: Caller, request_id: str, method: str, writes: Sequence[FeedbackWrite]
    ) -> Sequence[StoredFeedback]:
        """Record all of it in one transaction and return it as kept, in order.

        The same ``request_id`` of the same ``method`` again gives the first answer without a second effect. A
        ``feedback_id`` that is there already is corrected: what was said before becomes history.

        Raises:
            NotFound: If a lead is not stored, or is not the seller's; nothing is recorded.
            InvalidInput: If a correction is about another lead, or an id occurs twice in the request.
            AlreadyExists: If ``request_id`` was used for another body.
        """

    def list(self, caller: Caller, query: FeedbackQuery, *, limit: int, after: str | None) -> Page[StoredFeedback]:
        """Return up to ``limit`` pieces, newest first by the time they happened, after the page key ``after``.

        Raises:
            NotFound: If the query names a lead that is not stored, or is not the seller's.
        """

    def counts(self, caller: Caller, start: datetime, end: datetime) -> FeedbackCounts:
        """Return the counted feedback of [start, end], the newest revision of each."""

    def prunable(self, caller: Caller, keep: timedelta) -> PrunedFeedback:
        """Return what :meth:`prune` would remove now. Changes nothing."""

    def prune(self, caller: Caller, request_id: str, keep: timedelta) -> PrunedFeedback:
        """Remove, with its history, what happened longer ago than ``keep``.

        It is said in the audit log first, then removed in bounded transactions. The same ``request_id`` again removes
        what an interruption left, and gives the first answer.

        Raises:
            AlreadyExists: If ``request_id`` was used for another body.
        """
