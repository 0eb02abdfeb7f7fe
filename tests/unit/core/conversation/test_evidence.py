from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.conversation.evidence import MOST_SPANS, Clauses
from core.conversation.span import Span


def shown(text, weight=None, spans=()):
    return [text[span.start : span.end] for span in Clauses(text).evidence(weight, spans)]


def test_the_clause_with_the_heaviest_terms_is_shown():
    weights = {"sign": 2.0, "where": 0.5, "do i": 1.0, "weather": -3.0}

    assert shown("Nice weather today! Where do I sign?", lambda term: weights.get(term, 0.0)) == ["Where do I sign"]


def test_clauses_that_say_nearly_as_much_are_shown_too():
    text = "Too expensive, sorry. And too far. Bye"

    assert shown(text, lambda term: {"too": 1.0, "expensive": 1.0, "far": 0.8}.get(term, 0.0)) == [
        "Too expensive",
        "too far",
    ]


def test_words_that_rules_found_count():
    text = "Lovely flat but way over what we can spend"
    start = text.index("way over")

    assert shown(text, None, [Span(start=start, end=start + len("way over"))]) == ["way over what we can spend"]


def test_a_long_clause_is_cut_to_its_heaviest_stretch():
    text = "a " * 40 + "urgent " + "b " * 40

    (span,) = Clauses(text).evidence(lambda term: 1.0 if term == "urgent" else 0.0, ())
    assert "urgent" in text[span.start : span.end]
    assert len(text[span.start : span.end].split()) == 16


def test_one_clause_is_shown_whole_when_nothing_is_known_of_its_words():
    assert shown("  please hurry up!! ") == ["please hurry up"]


def test_nothing_is_shown_where_nothing_speaks_for_it():
    assert shown("Hello. Goodbye.", lambda _: -1.0) == []
    assert shown("... !") == []


TEXTS = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("ab .,!?\nİ👍")), max_size=200)


@given(
    text=TEXTS,
    weights=st.dictionaries(st.text(max_size=3), st.floats(-5, 5)),
    ends=st.lists(st.tuples(st.integers(0, 220), st.integers(1, 9)), max_size=5),
)
def test_whatever_is_written_evidence_stands_in_it_from_word_to_word(text, weights, ends):
    spans = [Span(start=start, end=start + length) for start, length in ends]
    found = Clauses(text).evidence(lambda term: weights.get(term, 0.1), spans)

    assert len(found) <= MOST_SPANS
    end = 0
    for span in found:
        assert end <= span.start < span.end <= len(text)
        assert text[span.start : span.end].strip() == text[span.start : span.end]
        end = span.end
    assert found == Clauses(text).evidence(lambda term: weights.get(term, 0.1), spans)
