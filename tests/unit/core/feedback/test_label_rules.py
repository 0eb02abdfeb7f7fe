from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.feedback.feedback import FeedbackAction
from core.feedback.label import Provenance
from core.feedback.label_rules import LabelRules, Saying, saying_of
from tests.parts.feedback_rows import said

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
A, P = FeedbackAction, Provenance


@pytest.mark.parametrize(
    ("action", "fields", "target", "provenance"),
    [
        (A.CONVERT, {}, 1.0, P.CONVERSION),
        (A.CONVERT, {"user_rating": 3.0}, 1.0, P.CONVERSION),
        (A.DISMISS, {}, 0.0, P.DISMISSAL),
        (A.DISMISS, {"user_rating": 99.0}, 0.0, P.DISMISSAL),
        (A.VIEW, {"user_rating": 0.0}, 0.0, P.RATING),
        (A.CONTACT, {"user_rating": 73.0, "contact_successful": True}, 0.73, P.RATING),
        (A.CONTACT, {"contact_successful": True}, 0.9, P.CONTACT),
        (A.CONTACT, {"contact_successful": True, "contact_response_time": MINUTE}, 0.9, P.CONTACT),
        (A.CONTACT, {"contact_successful": False, "contact_response_time": MINUTE}, 0.8, P.CONTACT),
        (A.CONTACT, {"contact_response_time": MINUTE}, 0.8, P.CONTACT),
        (A.CONTACT, {}, 0.7, P.CONTACT),
        (A.CONTACT, {"contact_successful": False}, 0.6, P.CONTACT),
        (A.REPLY, {}, 0.8, P.ENGAGEMENT),
        (A.SCHEDULE, {}, 0.9, P.ENGAGEMENT),
        (A.SAVE, {}, 0.6, P.ENGAGEMENT),
        (A.VIEW, {"interaction_duration": 5 * MINUTE + SECOND}, 0.7, P.VIEW),
        (A.VIEW, {"interaction_duration": 5 * MINUTE}, 0.5, P.VIEW),
        (A.VIEW, {"interaction_duration": 2 * MINUTE + SECOND}, 0.5, P.VIEW),
        (A.ARCHIVE, {"interaction_duration": 0 * SECOND}, 0.1, P.ARCHIVE),
        (A.ARCHIVE, {"interaction_duration": 15 * SECOND}, 0.2, P.ARCHIVE),
        (A.ARCHIVE, {"interaction_duration": 30 * SECOND}, 0.3, P.ARCHIVE),
        (A.ARCHIVE, {"interaction_duration": 60 * MINUTE}, 0.3, P.ARCHIVE),
    ],
)
def test_each_kind_of_feedback_says_what_the_table_says(action, fields, target, provenance):
    found = saying_of(said("a", action, **fields).feedback)
    assert found == Saying(pytest.approx(target), provenance)


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        (A.VIEW, {}),
        (A.VIEW, {"interaction_duration": 2 * MINUTE}),
        (A.CLICK, {}),
        (A.CLICK, {"interaction_duration": 60 * MINUTE}),
        (A.ARCHIVE, {}),
    ],
)
def test_what_says_nothing_gives_no_label(action, fields):
    assert saying_of(said("a", action, **fields).feedback) is None


@given(st.sampled_from(A), st.none() | st.floats(0, 100), st.none() | st.floats(0, 86_400))
def test_whatever_is_told_lies_between_lost_and_converted(action, rating, seconds):
    lasted = None if seconds is None else timedelta(seconds=seconds)
    found = saying_of(said("a", action, user_rating=rating, interaction_duration=lasted).feedback)
    assert found is None or 0.0 <= found.target <= 1.0


def test_a_window_has_a_length():
    with pytest.raises(InvalidInput, match="outcome_window"):
        replace(LabelRules(), outcome_window=timedelta())
