from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.experiments.units import MAX_FOLDED, folded, unit_key


@pytest.mark.parametrize(
    "text", ["a", "0", "anna@example.com", "Acme GmbH & Co. KG", "x" * 128, "\u6771\u4eac", "\U0001f3e0"]
)
def test_what_is_in_its_one_spelling_stays(text):
    assert unit_key(text) == text


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Mu\u0308ller", "M\u00fcller"),
        ("\u212b", "\u00c5"),
        ("\u212a", "K"),
        ("\u1100\u1161\u11a8", "\uac01"),
        ("e\u0301" * 128, "\u00e9" * 128),
        ("\u03b1\u0313\u0300\u0345" * 128, "\u1f82" * 128),
    ],
)
def test_spellings_that_unicode_calls_equal_are_one_unit(text, key):
    assert unit_key(text) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        " a",
        "a ",
        "\u00a0a",
        "a\u3000",
        "a\n",
        "\ta",
        "a\tb",
        "a\x00b",
        "a\x7fb",
        "a\x85b",
        "a\u200bb",
        "a\u200db\u00e9",
        "\ufeffa",
        "a\u202eb",
        "a\u2028b",
        "a\u2029b",
        "\ud800",
        "a\udfffb",
        "x" * 129,
        "\u00e9" * 129,
        "e\u0301" * 129,
        "\u0958" * 65,
        "x" * 1_000_000,
        "\u0301" * 1_000_000,
    ],
)
def test_what_is_no_unit_is_refused_by_name(text):
    with pytest.raises(InvalidInput) as refused:
        unit_key(text)
    assert [violation.field for violation in refused.value.violations] == ["unit_id"]


def test_case_and_width_stay_different():
    assert len({unit_key(text) for text in ("ab", "AB", "\uff21\uff22")}) == 3


@settings(derandomize=True, max_examples=300)
@given(st.text(max_size=140))
def test_any_text_is_a_unit_in_its_one_spelling_or_refused(text):
    try:
        key = unit_key(text)
    except InvalidInput:
        return
    assert unit_key(key) == key == unicodedata.normalize("NFC", text)
    assert "\0" not in key
    key.encode()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme GmbH", "acmegmbh"),
        ("STRASSE", "stra\u00dfe"),
        ("\uff21\uff22\uff11", "ab1"),
        ("a\u00a0b", "A B"),
        ("\u03a3\u03a3", "\u03c3\u03c2"),
        ("\u1e9e", "SS"),
    ],
)
def test_what_differs_in_case_spaces_or_width_only_folds_to_the_same(one, other):
    assert folded(unit_key(one)) == folded(unit_key(other))


def test_other_units_fold_to_something_else():
    assert len({folded(text) for text in ("user-1", "user-2", "user1", "M\u00fcller", "Muller")}) == 5


@settings(derandomize=True, max_examples=300)
@given(st.text(min_size=1, max_size=128))
def test_what_is_folded_fits_and_folds_to_itself(text):
    try:
        once = folded(unit_key(text))
    except InvalidInput:
        return
    assert 1 <= len(once) <= MAX_FOLDED
    assert len(once) == MAX_FOLDED or folded(once) == once


def test_the_longest_unit_in_the_widest_letters_still_fits():
    assert len(folded("\ufdfa" * 128)) == MAX_FOLDED
