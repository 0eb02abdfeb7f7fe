from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.features.text import STATISTICS, _count_ascii, _count_unicode, read_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # length, words, sentences; capitals, digits, punctuation as counts
        ("Two rooms. Call 030!", (20, 4, 2, 2, 3, 2)),
        ("One\ntwo? three! ", (16, 3, 4, 1, 0, 2)),
        ("ÄB ß٣ «x»", (9, 3, 1, 2, 1, 0)),
        ("a", (1, 1, 1, 0, 0, 0)),
        ("   ", (3, 0, 1, 0, 0, 0)),
    ],
)
def test_a_text_is_counted(text, expected, keywords):
    facts = read_text(text, keywords)
    length, words, sentences, capitals, digits, punctuation = expected
    assert len(facts.statistics) == len(STATISTICS)
    assert facts.statistics == pytest.approx(
        (length, words, sentences, capitals / length, digits / length, punctuation / length)
    )
    assert facts.digit_count == digits


def test_an_empty_text_has_no_statistics(keywords):
    facts = read_text("", keywords)
    assert all(map(math.isnan, facts.statistics))
    assert facts.words == facts.keyword_counts == []


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_is_counted_as_everything_else_is(text):
    assert _count_ascii(text) == _count_unicode(text)


@given(text=st.text(st.characters(max_codepoint=127), min_size=1))
def test_one_foreign_letter_changes_the_path_and_nothing_else(text):
    capitals, digits, punctuation = _count_ascii(text)
    assert _count_unicode(text + "ж") == (capitals, digits, punctuation)
