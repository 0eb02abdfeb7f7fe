from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conversation.kinds import CLASSES, MULTI_LABEL
from core.conversation.rules import RULE_HEADS
from core.version import BUYING_INTENT, DIALOGUE_ACT, INTENT, OBJECTION, SENTIMENT, URGENCY


def top(kind: str, text: str, agent_text: str = "") -> str:
    probabilities = RULE_HEADS[kind].read(text, agent_text).probabilities
    return CLASSES[kind][probabilities.index(max(probabilities))]


def present(kind: str, text: str, agent_text: str = "") -> set[str]:
    head = RULE_HEADS[kind]
    read = head.read(text, agent_text).probabilities
    return {name for name, p, least in zip(CLASSES[kind], read, head.thresholds, strict=True) if p >= least}


def test_every_head_has_its_rules():
    assert set(RULE_HEADS) == set(CLASSES)
    assert all(head.kind == kind and len(head.thresholds) == len(CLASSES[kind]) for kind, head in RULE_HEADS.items())


@pytest.mark.parametrize(
    ("text", "is_urgent"),
    [
        ("I need an answer by tonight", True),
        ("call me back asap", True),
        ("we are locked out, somebody please come now", True),
        ("no rush at all", False),
        ("it is not urgent", False),
        ("take your time, sometime next year is fine", False),
        ("what are your opening hours?", False),
        ("that's all for today, thanks", False),
    ],
)
def test_urgency(text, is_urgent):
    assert bool(present(URGENCY, text)) is is_urgent


@pytest.mark.parametrize(
    ("agent_text", "text", "is_buying"),
    [
        ("", "let's do it, where do I sign?", True),
        ("", "please send the contract, we accept the terms", True),
        ("Shall I draw up the contract?", "yes please", True),
        ("Is the garden big enough?", "yes please", False),
        ("", "just looking, not ready to sign anything", False),
        ("", "how long is the warranty?", False),
    ],
)
def test_buying_intent(agent_text, text, is_buying):
    assert bool(present(BUYING_INTENT, text, agent_text)) is is_buying


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("that's way over our budget", "price"),
        ("not now, maybe next year", "timing"),
        ("it is too far from work", "location"),
        ("is this a scam? I have my doubts", "trust"),
        ("another agency made us a better offer", "competitor"),
        ("I have to ask my husband first", "approval"),
        ("it lacks an integration and the kitchen is too small", "feature"),
        ("the price is not the problem", "none"),
        ("how much is it?", "none"),
    ],
)
def test_objections(text, kind):
    assert top(OBJECTION, text) == kind


@pytest.mark.parametrize(
    ("text", "feeling"),
    [
        ("this is absolutely wonderful, thank you!", "positive"),
        ("terrible service, nobody replied", "negative"),
        ("not good at all", "negative"),
        ("is the flat furnished?", "neutral"),
    ],
)
def test_sentiment(text, feeling):
    assert top(SENTIMENT, text) == feeling


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("hello, how much is the monthly fee?", {"greeting", "price"}),
        ("I want to sell my house", {"selling"}),
        ("can we schedule a viewing", {"viewing"}),
        ("would you take 5 % off, can you do a discount", {"negotiation"}),
        ("do you accept payment in instalments, I need a loan", {"financing"}),
        ("I want a refund, this is unacceptable", {"complaint"}),
        ("bye, have a great day", {"closing"}),
        ("sorry, wrong number", {"other"}),
    ],
)
def test_intents(text, intents):
    assert intents <= present(INTENT, text)


@pytest.mark.parametrize(
    ("agent_text", "text", "act"),
    [
        ("How many bedrooms?", "two, near the park", "inform"),
        ("", "I would like to rent a flat", "state_intent"),
        ("I found a house.", "What is the phone number?", "ask"),
        ("I found a house.", "do you have any other options?", "ask_alternatives"),
        ("Please confirm: Friday at 5?", "yes, that is right", "affirm"),
        ("Shall I book it?", "no, not now", "negate"),
        ("There is a nice flat in Elm Street.", "that one sounds good", "select"),
        ("Your visit is booked.", "thanks a lot", "thank"),
        ("Anything else?", "no, goodbye", "goodbye"),
    ],
)
def test_dialogue_acts_with_the_agents_turn(agent_text, text, act):
    assert top(DIALOGUE_ACT, text, agent_text) == act


def test_the_words_that_speak_for_a_class_are_shown():
    text = "Nice, but it is too far."
    reading = RULE_HEADS[OBJECTION].read(text, "")
    spans = reading.spans[CLASSES[OBJECTION].index("location")]

    assert [text[span.start : span.end] for span in spans] == ["too far"]


CUES = [
    "no",
    "not",
    "never",
    "very",
    "maybe",
    "too",
    "expensive",
    "asap",
    "bye",
    "thanks",
    "hello",
    "where",
    "do",
    "I",
    "sign",
    "yes",
    "my",
    "wife",
    "but",
    "?",
    "!",
    ",",
    ".",
    "İ",
]
TEXTS = st.one_of(st.text(max_size=120), st.lists(st.sampled_from(CUES), max_size=30).map(" ".join))


@given(text=TEXTS, agent_text=TEXTS, kind=st.sampled_from(sorted(CLASSES)))
def test_whatever_is_written_readings_are_probabilities_with_spans_inside(text, agent_text, kind):
    reading = RULE_HEADS[kind].read(text, agent_text)

    assert all(0.0 < probability <= 0.9 + 1e-9 for probability in reading.probabilities)
    assert len(reading.probabilities) == len(reading.spans) == len(CLASSES[kind])
    if kind not in MULTI_LABEL:
        assert sum(reading.probabilities) == pytest.approx(1.0)
    assert all(0 <= span.start < span.end <= len(text) for spans in reading.spans for span in spans)
    assert reading == RULE_HEADS[kind].read(text, agent_text)
