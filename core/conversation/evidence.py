"""The words that carry a decision."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from core.conversation.span import Span, joined
from core.conversation.terms import tokens_with_spans
from core.conversation.word_set import word_set

MOST_SPANS = 3
_SHARE_OF_BEST = 0.6
"""A clause is shown if it says at least so much of what the best one says."""
_LONGEST_CLAUSE = 16
"""Words of a clause; a longer one is cut to its heaviest stretch of so many."""
_RULE_WEIGHT = 1.0
"""What a rule's words count beside the head's term weights, times the heaviest word."""
_BREAK = re.compile(r"[.,;:!?\n()]| [-\u2013\u2014] ")
_JOINERS = word_set("and but so because though although however since unless")
_FEWEST_WORDS = 2
"""A clause that a joining word ends has at least so many: "nice and quiet" stays together."""


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int
    starts_clause: bool


class Clauses:
    """The clauses of a message, taken apart once for all decisions on it.

    Args:
        text: The message; its first 1,000 words and signs are looked at.
    """

    def __init__(self, text: str) -> None:
        self._words = _words(text)
        self._clauses = list(_clauses(self._words)) if self._words else []

    def evidence(self, weight: Callable[[str], float] | None, spans: Sequence[Span]) -> tuple[Span, ...]:
        """Return the clauses that speak most for a decision, in the order of the text.

        A clause counts the weights of its words and pairs of words that speak for the decision, and the rules' words in
        it.

        Args:
            weight: How much a lower-cased word, or two with a space between, speaks for it; None if that is not known.
            spans: Words that rules found to speak for it.

        Returns:
            At most 3 spans of code points inside the text, apart from each other, each from the start of a word to the
            end of one; the whole text where it is one clause and nothing is known of its words; none if nothing speaks
            for the decision.
        """
        words, clauses = self._words, self._clauses
        if not words:
            return ()
        weights = _weights(words, weight, spans)
        if not any(value > 0.0 for value in weights):
            return (_span(words, *clauses[0]),) if len(clauses) == 1 else ()
        shown = [_heaviest(weights, *clause) for clause in clauses]
        scores = [sum(weights[first:end]) for first, end in shown]
        best = max(scores)
        ranked = sorted(range(len(shown)), key=lambda index: (-scores[index], index))[:MOST_SPANS]
        return joined(_span(words, *shown[index]) for index in ranked if scores[index] >= _SHARE_OF_BEST * best)


def _words(text: str) -> list[_Word]:
    words: list[_Word] = []
    for token in tokens_with_spans(text):
        is_first = not words or _BREAK.search(text, words[-1].end, token.start) is not None
        words.append(_Word(token.text, token.start, token.end, is_first))
    return words


def _weights(words: Sequence[_Word], weight: Callable[[str], float] | None, spans: Sequence[Span]) -> list[float]:
    """Return what each word says; a pair is shared between its two words, words that speak against it say nothing."""
    weights = [0.0] * len(words)
    if weight is not None:
        for index, word in enumerate(words):
            weights[index] += max(0.0, weight(word.text))
            if index + 1 < len(words):
                pair = max(0.0, weight(f"{word.text} {words[index + 1].text}")) / 2.0
                weights[index] += pair
                weights[index + 1] += pair
    rule = _RULE_WEIGHT * (max(weights) or 1.0)
    ordered = joined(spans)
    position = 0
    for index, word in enumerate(words):
        while position < len(ordered) and ordered[position].end <= word.start:
            position += 1
        if position < len(ordered) and ordered[position].start < word.end:
            weights[index] += rule
    return weights


def _clauses(words: Sequence[_Word]) -> Iterator[tuple[int, int]]:
    """Yield first word and end of each clause: punctuation parts them, and joining words between long sides."""
    first = 0
    for index, word in enumerate(words[1:], start=1):
        is_joined = word.text in _JOINERS and index - first >= _FEWEST_WORDS and len(words) - index > _FEWEST_WORDS
        if word.starts_clause or is_joined:
            yield first, index
            first = index
    yield first, len(words)


def _heaviest(weights: Sequence[float], first: int, end: int) -> tuple[int, int]:
    """Return the clause, or the stretch of 16 words of it that says most."""
    if end - first <= _LONGEST_CLAUSE:
        return first, end
    total = best = sum(weights[first : first + _LONGEST_CLAUSE])
    start = first
    for index in range(first + 1, end - _LONGEST_CLAUSE + 1):
        total += weights[index + _LONGEST_CLAUSE - 1] - weights[index - 1]
        if total > best + 1e-12:
            best, start = total, index
    return start, start + _LONGEST_CLAUSE


def _span(words: Sequence[_Word], first: int, end: int) -> Span:
    """Leave a joining word at the start out."""
    if words[first].text in _JOINERS and end - first > 1:
        first += 1
    return Span(start=words[first].start, end=words[end - 1].end)
