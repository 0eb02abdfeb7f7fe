from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.feedback.confidence import DOUBTS, GLANCE, LEFT_OPEN, confidence
from core.feedback.feedback import Feedback, FeedbackAction, FeedbackSource
from tests.parts.feedback import feedback

CONTACT, VIEW = FeedbackAction.CONTACT, FeedbackAction.VIEW
SECOND = timedelta(seconds=1)


def of(**fields) -> float:
    return confidence(feedback(**fields))


def test_a_person_is_believed_before_a_system_before_a_guess():
    manual, integration, implicit = (
        of(action=FeedbackAction.CONVERT, source=source)
        for source in (FeedbackSource.MANUAL, FeedbackSource.INTEGRATION, FeedbackSource.IMPLICIT)
    )
    assert (manual, integration, implicit) == (0.9, 0.85, 0.5)


def test_a_token_closes_part_of_the_gap():
    joined = {"token_id": "0" * 24}
    assert of(action=FeedbackAction.CONVERT, source=FeedbackSource.IMPLICIT, **joined) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("believed", "doubted"),
    [
        ({"interaction_duration": GLANCE}, {"interaction_duration": SECOND}),
        ({"interaction_duration": 60 * SECOND}, {}),
        ({"interaction_duration": LEFT_OPEN}, {"interaction_duration": LEFT_OPEN + SECOND}),
        ({"action": CONTACT, "contact_successful": False}, {"action": CONTACT}),
        (
            {"action": CONTACT, "contact_successful": True, "contact_response_time": SECOND},
            {"action": CONTACT, "contact_successful": False, "contact_response_time": SECOND},
        ),
        (
            {"action": FeedbackAction.CONVERT, "user_rating": 90.0},
            {"action": FeedbackAction.CONVERT, "user_rating": 10.0},
        ),
        (
            {"action": FeedbackAction.DISMISS, "user_rating": 10.0},
            {"action": FeedbackAction.DISMISS, "user_rating": 90.0},
        ),
        ({"action": FeedbackAction.SAVE}, {"interaction_duration": 60 * SECOND}),
        ({"interaction_duration": 60 * SECOND, "user_rating": 50.0}, {"interaction_duration": 60 * SECOND}),
    ],
)
def test_what_likely_did_not_happen_as_told_is_believed_less(believed, doubted):
    assert of(**doubted) < of(**believed)


def test_every_doubt_counts_for_something():
    seen = {
        doubt.why
        for doubt in DOUBTS
        for told in (
            {"interaction_duration": SECOND},
            {},
            {"interaction_duration": LEFT_OPEN + SECOND},
            {"action": CONTACT},
            {"action": CONTACT, "contact_successful": False, "contact_response_time": SECOND},
            {"action": FeedbackAction.CONVERT, "user_rating": 0.0},
        )
        if doubt.applies(feedback(**told))
    }
    assert seen == {doubt.why for doubt in DOUBTS}


def any_feedback() -> st.SearchStrategy[Feedback | None]:
    def build(**fields):
        try:
            return feedback(**fields)
        except InvalidInput:
            return None

    return st.builds(
        build,
        action=st.sampled_from(FeedbackAction),
        source=st.sampled_from(FeedbackSource),
        user_rating=st.none() | st.floats(0, 100),
        interaction_duration=st.none() | st.timedeltas(timedelta(), timedelta(hours=24)),
        contact_successful=st.none() | st.booleans(),
        contact_response_time=st.none() | st.timedeltas(timedelta(), timedelta(days=365)),
        token_id=st.sampled_from(["", "t"]),
    ).filter(lambda told: told is not None)


@given(any_feedback())
def test_it_is_a_share(told):
    assert 0.0 < confidence(told) <= 1.0
