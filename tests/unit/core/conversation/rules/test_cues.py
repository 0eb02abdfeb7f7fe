from __future__ import annotations

import pytest

from core.conversation.rules.cues import Phrases
from core.conversation.rules.words import MOST_WORDS, words_of


def found(phrases: str, text: str) -> list[str]:
    words = words_of(text)
    return [" ".join(words.words[hit.first : hit.end]) for hit in Phrases({0: f"1: {phrases}"}).hits(words)]


@pytest.mark.parametrize(
    ("phrases", "text", "expected"),
    [
        ("too far", "It is too FAR away", ["too far"]),
        ("a/the house", "the house, a house", ["the house", "a house"]),
        ("expens*", "expensive expense cheap", ["expensive", "expense"]),
        ("out of .. budget", "out of our tight little budget", ["out of our tight little budget"]),
        ("out of .. budget", "out of one two three four budget", []),
        ("out of .. budget", "out of town. Our budget is fine", []),
        ("^ no", "no, I said no", ["no"]),
        ("thanks $", "thanks for that, thanks", ["thanks"]),
        ("i'm in", "I’m in", ["i'm in"]),  # noqa: RUF001
        ("far", "afar", []),
    ],
)
def test_phrases_are_found_by_their_words(phrases, text, expected):
    assert found(phrases, text) == expected


@pytest.mark.parametrize(
    ("text", "is_negated"),
    [
        ("that is not good", True),
        ("that isn't very good", True),
        ("no, good", False),
        ("not bad but good", False),
        ("not one of the really good", False),
        ("why don't good", False),
        ("good", False),
    ],
)
def test_a_negation_reaches_three_words_within_its_clause(text, is_negated):
    words = words_of(text)

    assert words.is_negated(words.words.index("good")) is is_negated


def test_stress_and_hedges_before_a_cue():
    words = words_of("very good, maybe a good, good")
    first, second, third = (index for index, word in enumerate(words.words) if word == "good")

    assert words.stress(first) > words.stress(third) == 1.0 > words.stress(second)


def test_a_long_message_is_read_up_to_its_bound():
    words = words_of("word " * 10_000)

    assert len(words.words) == MOST_WORDS
    assert len(words.starts_clause) == MOST_WORDS + 1
