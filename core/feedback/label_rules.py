"""What each piece of feedback says of its lead, as a number: the table of targets and the constants of labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from core.errors import InvalidInput
from core.feedback.feedback import MAX_RATING, Feedback, FeedbackAction
from core.feedback.label import Provenance

RULES_VERSION = "1"
"""Rises with every change of a figure or a rule of labels; part of the fingerprint of a label set."""

CONVERTED = 1.0
LOST = 0.0
CONTACT_REACHED = 0.9
CONTACT_ANSWERED = 0.8
"""Not reached, or not known to be, but it answered after some time."""
CONTACT_UNKNOWN = 0.7
CONTACT_FAILED = 0.6
REPLY = 0.8
SCHEDULE = 0.9
SAVE = 0.6
VIEW_LONG = 0.7
VIEW = 0.5
ARCHIVE_AT_ONCE = 0.1
ARCHIVE_LATER = 0.3
LONG_VIEW = timedelta(minutes=5)
SHORT_VIEW = timedelta(minutes=2)
QUICK_ARCHIVE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRules:
    """How pieces become labels, and labels get weights. See docs/labels.md."""

    outcome_window: timedelta = timedelta(days=30)
    """How long a lead that was shown may stay without an outcome before it counts as lost."""
    half_life: timedelta = timedelta(days=14)
    """Age, before the newest piece of the lead, at which a piece counts half."""
    repeat_share: float = 0.25
    """What a repetition within a session counts of the one after it."""
    soft_weight: float = 0.5
    """Most a lead weighs whose end is not known."""
    source_cap: float = 0.2
    """Largest share of all weight that one source may have."""
    cap_weight: float = 400.0
    """Weight of the labels of others from which the cap holds in full."""
    trusted_weight: float = 100.0
    """Weight of the outcomes written with leads from which the cap holds however few the sources are."""

    def __post_init__(self) -> None:
        if self.outcome_window <= timedelta():
            raise InvalidInput.of("outcome_window", "must be longer than nothing")


@dataclass(frozen=True, slots=True)
class Saying:
    """What one piece of feedback says."""

    target: float
    """In [0, 1]."""
    provenance: Provenance


def saying_of(feedback: Feedback) -> Saying | None:
    """Return what a piece says of its lead, None if it says nothing that can be learned.

    The end of the lead comes before a rating, a rating before what the action alone would say.
    """
    if feedback.action is FeedbackAction.CONVERT:
        return Saying(CONVERTED, Provenance.CONVERSION)
    if feedback.action is FeedbackAction.DISMISS:
        return Saying(LOST, Provenance.DISMISSAL)
    if feedback.user_rating is not None:
        return Saying(feedback.user_rating / MAX_RATING, Provenance.RATING)
    return _BY_ACTION[feedback.action](feedback)


def _of_contact(feedback: Feedback) -> Saying:
    return Saying(_contact_target(feedback), Provenance.CONTACT)


def _contact_target(feedback: Feedback) -> float:
    if feedback.contact_successful:
        return CONTACT_REACHED
    if feedback.contact_response_time is not None:
        return CONTACT_ANSWERED
    return CONTACT_UNKNOWN if feedback.contact_successful is None else CONTACT_FAILED


def _of_view(feedback: Feedback) -> Saying | None:
    lasted = feedback.interaction_duration
    if lasted is None or lasted <= SHORT_VIEW:
        return None
    return Saying(VIEW_LONG if lasted > LONG_VIEW else VIEW, Provenance.VIEW)


def _of_archive(feedback: Feedback) -> Saying | None:
    lasted = feedback.interaction_duration
    if lasted is None:
        return None
    slowness = min(1.0, lasted / QUICK_ARCHIVE)
    return Saying(ARCHIVE_AT_ONCE + (ARCHIVE_LATER - ARCHIVE_AT_ONCE) * slowness, Provenance.ARCHIVE)


_BY_ACTION: Mapping[FeedbackAction, Callable[[Feedback], Saying | None]] = {
    FeedbackAction.VIEW: _of_view,
    FeedbackAction.CLICK: lambda _: None,
    FeedbackAction.SAVE: lambda _: Saying(SAVE, Provenance.ENGAGEMENT),
    FeedbackAction.CONTACT: _of_contact,
    FeedbackAction.REPLY: lambda _: Saying(REPLY, Provenance.ENGAGEMENT),
    FeedbackAction.SCHEDULE: lambda _: Saying(SCHEDULE, Provenance.ENGAGEMENT),
    FeedbackAction.ARCHIVE: _of_archive,
}
