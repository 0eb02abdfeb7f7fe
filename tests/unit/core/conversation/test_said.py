from __future__ import annotations

import pytest

from core.conversation.said import Said, find_said


def shown(text: str, said: Said) -> list[str]:
    spans = (
        *said.pre_approved_spans,
        *said.decision_maker_spans,
        *said.comparing_spans,
        *said.immediate_need_spans,
    )
    return [text[span.start : span.end] for span in spans]


@pytest.mark.parametrize(
    ("agent_text", "text", "expected"),
    [
        ("", "We're pre-approved up to 400k", True),
        ("", "cash buyer, no chain", True),
        ("", "the budget has been approved", True),
        ("Are you pre-approved?", "Yes, since June", True),
        ("Are you pre-approved?", "No", False),
        ("", "I'm not pre-approved yet", False),
        ("", "the lender hasn't approved us", False),
        ("", "still waiting for the bank", False),
        ("", "do I need to be pre-approved?", None),
        ("", "once the mortgage is approved we will sign", None),
        ("Would you like a visit?", "yes", None),
        ("Thanks. The mortgage desk will call you.", "yes", None),
    ],
)
def test_whether_the_means_are_approved(agent_text, text, expected):
    assert find_said(text, agent_text).pre_approved is expected


@pytest.mark.parametrize(
    ("agent_text", "text", "expected"),
    [
        ("", "it is my decision", True),
        ("", "I'm the owner", True),
        ("Are you the decision maker?", "Yes I am", True),
        ("Does anyone else need to sign off?", "nope, just me", True),
        ("Is anybody else involved?", "yes, my partner", False),
        ("", "I need to check with my wife first", False),
        ("", "the board has to approve it", False),
        ("", "It's not my decision", False),
        ("", "send me the floor plan", None),
    ],
)
def test_who_decides(agent_text, text, expected):
    assert find_said(text, agent_text).decision_maker is expected


@pytest.mark.parametrize(
    ("text", "is_comparing"),
    [("we're comparing three vendors", True), ("I've got another quote", True), ("not looking at other agents", False)],
)
def test_whether_it_compares(text, is_comparing):
    assert find_said(text, "").comparing is is_comparing


@pytest.mark.parametrize(
    ("text", "is_immediate"),
    [
        ("we need it by tomorrow", True),
        ("I have nowhere to live", True),
        ("they promised it immediately", False),
        ("no rush", False),
    ],
)
def test_whether_it_needs_it_now(text, is_immediate):
    assert find_said(text, "").immediate_need is is_immediate


def test_the_words_that_say_it_are_shown():
    text = "Cash buyer here; the board has to approve it, İ am comparing three vendors"

    assert shown(text, find_said(text, "")) == ["Cash buyer", "board has to approve", "comparing"]


def test_where_a_message_says_both_the_doubt_wins():
    assert find_said("I decide, but I have to check with my wife", "").decision_maker is False
