"""What people did or said about leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from leadline.score import Interval


class FeedbackAction(Enum):
    """What was done with a lead."""

    VIEW = "view"
    CLICK = "click"
    SAVE = "save"
    CONTACT = "contact"
    REPLY = "reply"
    SCHEDULE = "schedule"
    CONVERT = "convert"
    """Won: an outcome."""
    ARCHIVE = "archive"
    DISMISS = "dismiss"
    """Given up as lost: an outcome."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


class FeedbackSource(Enum):
    """Where feedback comes from."""

    MANUAL = "manual"
    IMPLICIT = "implicit"
    INTEGRATION = "integration"
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One piece of feedback about one stored lead. The server checks the ranges."""

    lead_id: str
    action: FeedbackAction
    feedback_id: str = ""
    """Your id of it; sending it again in another call corrects what was said. Empty: one is made."""
    user_rating: float | None = None
    """0 to 100."""
    interaction_duration: timedelta | None = None
    contact_successful: bool | None = None
    """Only with CONTACT."""
    contact_response_time: timedelta | None = None
    """Only with CONTACT or REPLY."""
    conversion_value: float | None = None
    """Only with CONVERT."""
    session_id: str = ""
    source: FeedbackSource = FeedbackSource.MANUAL
    agent_id: str = ""
    attribution_token: str = ""
    """Of the score that was shown."""
    model_version: str = ""
    shown_score: float | None = None
    """0 to 100."""
    occurred_time: datetime | None = None
    """Aware; None: now."""
    user_agent: str = ""
    ip_address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One thing somebody did in a session."""

    lead_id: str
    action: FeedbackAction
    duration: timedelta | None = None
    occurred_time: datetime | None = None
    attribution_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFeedback:
    """Feedback as kept."""

    feedback: Feedback
    """Without user agent, address and token."""
    confidence: float
    """How far it is to be believed, in [0, 1]."""
    revision: int
    """1 for what was said first, one more for each correction."""
    actor: str
    record_time: datetime | None
    create_time: datetime | None
    supersede_time: datetime | None
    """When it was corrected; None for the newest revision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSummary:
    """A share with its interval."""

    success_count: int
    total_count: int
    rate: float
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionShare:
    """How often something was done."""

    action: FeedbackAction
    count: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceShare:
    """How much came from where."""

    source: FeedbackSource
    count: int
    share: float
    average_confidence: float
    contact_success: RateSummary | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSlot:
    """Contact success in one hour of the day (0 to 23, UTC) or on one weekday (0 is Monday)."""

    slot: int
    contact_success: RateSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackDay:
    """One day, in UTC."""

    day: datetime
    count: int
    conversion_count: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackAnalytics:
    """The feedback of some days, summed up."""

    start_time: datetime | None
    end_time: datetime | None
    total_count: int
    actions: tuple[ActionShare, ...]
    sources: tuple[SourceShare, ...]
    average_confidence: float | None
    average_rating: float | None
    contact_success: RateSummary | None
    conversion: RateSummary | None
    total_value: float
    average_value: float | None
    hours: tuple[TimeSlot, ...]
    weekdays: tuple[TimeSlot, ...]
    trend: tuple[FeedbackDay, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackPruneResult:
    """What a prune of feedback removed, or would remove."""

    pruned_count: int
    kept_count: int
    before_time: datetime | None
