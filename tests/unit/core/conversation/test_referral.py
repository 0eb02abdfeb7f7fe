from __future__ import annotations

import pytest

from core.conversation.referral import find_referral


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("By the way, my sister is also searching.", "my sister is also"),
        ("I know somebody who needs a flat", "I know somebody who needs"),
        ("I would recommend you to anyone", "recommend you to"),
        ("My colleague might be interested as well", "My colleague might be interested"),
    ],
)
def test_leads_that_speak_of_others(text, words):
    span = find_referral(text)
    assert text[span.start : span.end] == words


@pytest.mark.parametrize(
    "text", ["My sister lives in Leeds.", "I know the street", "Can you recommend a school?", "🙂"]
)
def test_others_are_mentioned_for_other_reasons(text):
    assert find_referral(text) is None
