"""Feedback as the domain sees it: built valid or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.errors import InvalidInput, Violation
from core.identifiers import LeadId


class FeedbackAction(StrEnum):
    """What was done with a lead."""

    VIEW = "view"
    CLICK = "click"
    SAVE = "save"
    CONTACT = "contact"
    REPLY = "reply"
    SCHEDULE = "schedule"
    CONVERT = "convert"
    ARCHIVE = "archive"
    DISMISS = "dismiss"


class FeedbackSource(StrEnum):
    """Where feedback comes from."""

    MANUAL = "manual"
    IMPLICIT = "implicit"
    INTEGRATION = "integration"


LONGEST_INTERACTION = timedelta(hours=24)
LONGEST_RESPONSE = timedelta(days=365)
MAX_RATING = 100.0
MAX_CONVERSION_VALUE = 1e15
"""More than any sale is worth, and far below what makes sums of many overflow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One piece of feedback. ``None`` and "" mean "not said".

    Raises:
        InvalidInput: On construction; names every broken field as the wire does.
    """

    feedback_id: str
    lead_id: LeadId
    action: FeedbackAction
    user_rating: float | None = None
    """0 to 100."""
    interaction_duration: timedelta | None = None
    contact_successful: bool | None = None
    contact_response_time: timedelta | None = None
    conversion_value: float | None = None
    """In the tenant's currency, 0 to 1e15."""
    session_id: str = ""
    source: FeedbackSource = FeedbackSource.MANUAL
    agent_id: str = ""
    model_version: str = ""
    shown_score: float | None = None
    """0 to 100."""
    token_id: str = ""
    """Of the attribution token, "" without one."""
    occurred_time: datetime
    """Aware."""
    user_agent_pseudonym: str = ""
    address_pseudonym: str = ""

    def __post_init__(self) -> None:
        found = _violations(self)
        if found:
            raise InvalidInput(found)


def _violations(feedback: Feedback) -> list[Violation]:
    action = feedback.action
    checks = (
        ("user_rating", _is_within(feedback.user_rating, MAX_RATING), "must be 0 to 100"),
        ("shown_score", _is_within(feedback.shown_score, MAX_RATING), "must be 0 to 100"),
        ("interaction_duration", _lasts(feedback.interaction_duration, LONGEST_INTERACTION), "must be 0 to 24 hours"),
        ("contact_response_time", _lasts(feedback.contact_response_time, LONGEST_RESPONSE), "must be 0 to 365 days"),
        ("conversion_value", _is_within(feedback.conversion_value, MAX_CONVERSION_VALUE), "must be 0 to 1e15"),
        (
            "contact_successful",
            feedback.contact_successful is None or action is FeedbackAction.CONTACT,
            "must be left out unless the action is CONTACT",
        ),
        (
            "contact_response_time",
            feedback.contact_response_time is None or action in {FeedbackAction.CONTACT, FeedbackAction.REPLY},
            "must be left out unless the action is CONTACT or REPLY",
        ),
        (
            "conversion_value",
            feedback.conversion_value is None or action is FeedbackAction.CONVERT,
            "must be left out unless the action is CONVERT",
        ),
    )
    return [Violation(field=name, rule=rule) for name, holds, rule in checks if not holds]


def _is_within(value: float | None, most: float) -> bool:
    return value is None or 0.0 <= value <= most


def _lasts(value: timedelta | None, longest: timedelta) -> bool:
    return value is None or timedelta() <= value <= longest


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFeedback:
    """One revision of a piece of feedback, as kept."""

    feedback: Feedback
    confidence: float
    """How far it is to be believed, in [0, 1]."""
    revision: int
    """From 1."""
    actor: str
    create_time: datetime
    """When the first revision was recorded."""
    record_time: datetime
    """When this one was."""
    supersede_time: datetime | None = None
    """When it was corrected; None for the newest."""
