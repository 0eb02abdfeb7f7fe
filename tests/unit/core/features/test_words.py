from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.features.words import _LETTER_RUNS, find_words

ASCII = st.text(st.characters(max_codepoint=127))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("3-room flat, 2nd floor", ["room", "flat", "nd", "floor"]),
        ("snake_case e-mail it's", ["snake", "case", "e", "mail", "it", "s"]),
        ("café für 5 größere", ["café", "für", "größere"]),
        ("квартира в москве", ["квартира", "в", "москве"]),
        ("東京 オフィス", ["東京", "オフィス"]),
        ("12 m² ½ ①② ⅷ 4٣", ["m"]),
    ],
)
def test_words_are_runs_of_letters_of_any_script(text, words):
    assert find_words(text) == words


@given(ASCII)
def test_the_fast_path_of_ascii_finds_what_the_slow_one_finds(text):
    assert find_words(text.lower()) == _LETTER_RUNS.findall(text.lower())


@given(ASCII)
def test_a_letter_of_another_script_changes_nothing_about_the_others(text):
    assert find_words(f"{text.lower()} ж") == [*find_words(text.lower()), "ж"]


@given(st.text())
def test_no_word_holds_anything_but_letters(text):
    words = find_words(text.lower())
    assert all(word.isalpha() for word in words)
    assert "".join(words) == "".join(sign for sign in text.lower() if sign.isalpha())


@given(st.text(alphabet=string.digits + "٠١٢٣٤٥٦٧٨٩¹²³①②③½Ⅷ", min_size=1))
def test_digits_of_any_script_are_no_words(text):
    assert find_words(text.lower()) == find_words(f"é {text.lower()}")[1:]
    assert not any(sign.isnumeric() for word in find_words(f"é {text.lower()}") for sign in word)
