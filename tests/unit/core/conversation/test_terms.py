import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conversation.terms import LONGEST_WORD, MOST_TOKENS, Vectorizer, pieces, tokens_with_spans
from core.errors import InvalidInput

TEXTS = ["We want to buy the house", "the house is too dear", "We can't buy it today, sorry 😀", "£450k is too dear"]
FITTED = Vectorizer.fit(TEXTS, least_texts=1)


def test_tokens_are_lower_cased_words_and_signs_where_they_stand():
    text = "Can\u2019t pay £5,\nSORRY 😀!"
    assert [token.text for token in tokens_with_spans(text)] == ["can't", "pay", "£", "5", "sorry", "😀"]
    assert [text[token.start : token.end] for token in tokens_with_spans(text)][-2:] == ["SORRY", "😀"]


@given(st.text())
def test_tokens_lie_within_the_text_in_order(text):
    tokens = tokens_with_spans(text)
    assert all(0 <= token.start < token.end <= len(text) for token in tokens)
    assert all(before.end <= after.start for before, after in pairwise(tokens))


@given(st.text())
def test_words_and_pieces_of_any_text_have_length_1_or_0(text):
    row = FITTED.rows([text])[0]
    for part in (row[: len(FITTED.words)], row[len(FITTED.words) :]):
        length = float(np.linalg.norm(part))
        assert length == 0.0 or length == pytest.approx(1.0, abs=1e-5)


def test_weights_are_those_of_tf_idf():
    fitted = Vectorizer.of(["house", "the house"], ["hou"], [1.5, 2.0, 3.0])
    (row,) = fitted.rows(["the house, house"])
    words = np.array([(1 + np.log(2)) * 1.5, 2.0])
    assert row == pytest.approx([*(words / np.linalg.norm(words)), 1.0], abs=1e-6)


def test_a_row_does_not_depend_on_its_neighbours():
    together = FITTED.rows([*TEXTS, ""])
    assert np.array_equal(together, np.vstack([FITTED.rows([text]) for text in [*TEXTS, ""]]))
    assert not together[-1].any()


def test_rare_terms_weigh_more():
    house, dear = FITTED.words["house"], FITTED.words["sorry"]
    assert FITTED.idf[dear] > FITTED.idf[house]


def test_the_commonest_terms_are_kept_and_the_order_of_texts_does_not_matter():
    few = Vectorizer.fit(TEXTS, least_texts=2, most_words=3, most_grams=4)
    assert len(few.words) == 3
    assert len(few.grams) == 4
    assert few.to_bytes() == Vectorizer.fit(TEXTS[::-1], least_texts=2, most_words=3, most_grams=4).to_bytes()


def test_it_comes_back_from_json():
    again = Vectorizer.from_json(json.loads(FITTED.to_bytes()))
    assert again.to_bytes() == FITTED.to_bytes()
    assert np.abs(again.rows(TEXTS) - FITTED.rows(TEXTS)).max() < 1e-5


@pytest.mark.parametrize(
    "content",
    [
        None,
        {},
        {"format": 2, "words": [], "grams": [], "idf": []},
        {"format": 1, "words": ["a", "a"], "grams": [], "idf": [1.0, 1.0]},
        {"format": 1, "words": ["a"], "grams": [], "idf": [0.0]},
        {"format": 1, "words": ["a"], "grams": [], "idf": [1.0, 2.0]},
        {"format": 1, "words": [1], "grams": [], "idf": [1.0]},
        {"format": 1, "words": ["a"], "grams": [], "idf": ["1"]},
    ],
)
def test_what_is_no_vectorizer_is_refused(content):
    with pytest.raises(InvalidInput):
        Vectorizer.from_json(content)


def test_what_is_looked_at_is_bounded():
    assert len(tokens_with_spans("a " * 50_000)) == MOST_TOKENS
    assert max(map(len, pieces("x" * 10_000))) == 5
    assert len(pieces("x" * 10_000)) < 4 * LONGEST_WORD


def test_a_word_speaks_through_itself_and_its_pieces():
    assert FITTED.words["house"] in FITTED.columns_of("house")
    assert FITTED.grams[" hou"] in FITTED.columns_of("house")
    assert FITTED.columns_of("the house") == [FITTED.words["the house"]]
    assert FITTED.columns_of("zzzz") == []
