from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from core.features.keywords import KeywordFamilies
from core.features.tfidf import TermWeights, learn_idf
from core.features.view import LeadView
from core.features.words import find_words
from core.lead import Lead

WORD = st.sampled_from(["flat", "house", "büro", "дом", "a", "the", "42", "x1y", "Garden", "GARDEN,", "é²"])
TEXTS = st.lists(st.lists(WORD, max_size=8).map(" ".join), min_size=12, max_size=30)


def our_rows(texts, idf):
    family = TermWeights("description", idf)
    rows = np.zeros((len(texts), len(idf)), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        family.write(LeadView(Lead(lead_id="l", description=text), None, KeywordFamilies({})), row, 0)
    return rows


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS)
def test_weights_are_those_of_scikit_learn(training, new):
    idf = learn_idf(training, max_terms=5)
    if not idf:
        return
    theirs = TfidfVectorizer(tokenizer=find_words, token_pattern=None, vocabulary=list(idf))
    assert our_rows(training, idf) == pytest.approx(theirs.fit_transform(training).toarray(), abs=1e-6)
    assert our_rows(new, idf) == pytest.approx(theirs.transform(new).toarray(), abs=1e-6)
    assert list(idf.values()) == pytest.approx(theirs.idf_, abs=1e-12)


def test_by_hand():
    weights = our_rows(["b a a c"], {"a": 2.0, "b": 3.0})[0]
    assert weights == pytest.approx([4 / 5, 3 / 5])


def test_a_text_without_known_terms_is_all_zeros():
    assert not our_rows(["nothing here", ""], {"a": 2.0}).any()


def test_which_terms_are_learned():
    texts = ["x house 42 4b flat"] * 5 + ["house flat"] * 2 + ["flat rare"] * 4 + ["nothing", ""] * 2
    # "flat" is in 11 of 15 (above 60 %), "rare" in 4 (below 5), "x" and "b" have one letter, 42 has no letters
    assert learn_idf(texts, max_terms=100) == pytest.approx({"house": math.log(16 / 8) + 1})


def test_the_most_used_terms_are_kept_in_alphabetical_order():
    texts = ["zeta zeta beta"] * 5 + ["alpha beta"] * 5 + [""] * 10
    assert list(learn_idf(texts, max_terms=2)) == ["beta", "zeta"]
    assert learn_idf(texts, max_terms=0) == {}


@settings(deadline=None)
@given(st.lists(st.text(alphabet="ab1٣²½Ⅷ ", max_size=12), max_size=8))
def test_digits_are_never_in_the_vocabulary(texts):
    assert all(term.isalpha() for term in learn_idf(texts * 5, max_terms=50))
