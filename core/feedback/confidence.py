"""How far one piece of feedback is to be believed.

The rule, in [0, 1]::

    confidence = trust * clarity * doubt * doubt * …

- **trust**: 0.9 where a person said it, 0.85 where another system told it, 0.5 where it was concluded from a session.
  Feedback that carries a signed attribution token is about a score that was really shown, which closes 40 % of the gap
  to 1.
- **clarity** of the action: 1 for what nobody does by accident (contact, reply, schedule, convert, dismiss) and for
  whatever comes with a rating; 0.9 for saving and archiving; 0.7 for a view or a click.
- **doubt**: a factor for each sign that it did not happen as told, see :data:`DOUBTS`.

Whether labels believe it is another matter: they weigh confidence with age, agreement and the share of each source.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.feedback.feedback import Feedback, FeedbackAction, FeedbackSource

TRUST = {FeedbackSource.MANUAL: 0.9, FeedbackSource.INTEGRATION: 0.85, FeedbackSource.IMPLICIT: 0.5}
"""By source."""
TOKEN_SHARE = 0.4
"""Part of the gap to full trust that an attribution token closes."""
CLARITY = {
    FeedbackAction.VIEW: 0.7,
    FeedbackAction.CLICK: 0.7,
    FeedbackAction.SAVE: 0.9,
    FeedbackAction.ARCHIVE: 0.9,
}
"""By action; 1 for the others."""
GLANCE = timedelta(seconds=2)
"""A view or click that ended sooner was likely a slip."""
LEFT_OPEN = timedelta(hours=4)
"""Longer than this nobody looks at one lead: the page was left open."""
MIDDLE_RATING = 50.0

_LOOKS = {FeedbackAction.VIEW, FeedbackAction.CLICK}


@dataclass(frozen=True, slots=True)
class Doubt:
    """A sign that something did not happen as told."""

    factor: float
    """What is left of the confidence, in (0, 1)."""
    why: str
    applies: Callable[[Feedback], bool]


def confidence(feedback: Feedback) -> float:
    """Return how far it is to be believed, in [0, 1]."""
    trust = TRUST[feedback.source]
    if feedback.token_id:
        trust += TOKEN_SHARE * (1.0 - trust)
    believed = trust * (1.0 if feedback.user_rating is not None else CLARITY.get(feedback.action, 1.0))
    for doubt in DOUBTS:
        if doubt.applies(feedback):
            believed *= doubt.factor
    return believed


def _is_glance(feedback: Feedback) -> bool:
    lasted = feedback.interaction_duration
    return feedback.action in _LOOKS and lasted is not None and lasted < GLANCE


def _is_view_of_unknown_length(feedback: Feedback) -> bool:
    return feedback.action is FeedbackAction.VIEW and feedback.interaction_duration is None


def _was_left_open(feedback: Feedback) -> bool:
    return feedback.interaction_duration is not None and feedback.interaction_duration > LEFT_OPEN


def _is_contact_without_result(feedback: Feedback) -> bool:
    return feedback.action is FeedbackAction.CONTACT and feedback.contact_successful is None


def _is_answer_of_nobody(feedback: Feedback) -> bool:
    return feedback.contact_successful is False and feedback.contact_response_time is not None


def _contradicts_its_rating(feedback: Feedback) -> bool:
    rating = feedback.user_rating
    if rating is None:
        return False
    if feedback.action is FeedbackAction.CONVERT:
        return rating < MIDDLE_RATING
    return feedback.action is FeedbackAction.DISMISS and rating > MIDDLE_RATING


DOUBTS = (
    Doubt(0.3, "a view or click of less than 2 seconds", _is_glance),
    Doubt(0.7, "a view that does not say how long", _is_view_of_unknown_length),
    Doubt(0.5, "it lasted more than 4 hours", _was_left_open),
    Doubt(0.7, "a contact without a result", _is_contact_without_result),
    Doubt(0.5, "a contact that failed, yet was answered after some time", _is_answer_of_nobody),
    Doubt(0.5, "the rating says the opposite of the action", _contradicts_its_rating),
)
"""Each that applies counts."""
