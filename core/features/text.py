"""What is counted in a title or a description."""

from __future__ import annotations

import math
import string
from typing import NamedTuple

from core.features.keywords import KeywordFamilies
from core.features.words import find_words

_UPPER = string.ascii_uppercase.encode()
_DIGITS = string.digits.encode()
_PUNCTUATION = string.punctuation.encode()
_SENTENCE_ENDS = (". ", "! ", "? ", "\n")


class TextFacts(NamedTuple):
    """One text, read once."""

    text: str
    lowered: str
    words: list[str]
    statistics: tuple[float, ...]
    """Characters, words, sentences; shares of capitals, digits, punctuation in [0, 1]. NaN for an empty text."""
    keyword_counts: list[int]
    digit_count: int


STATISTICS = ("length", "word_count", "sentence_count", "capital_share", "digit_share", "punctuation_share")
_ABSENT = (math.nan,) * len(STATISTICS)


def read_text(text: str, families: KeywordFamilies) -> TextFacts:
    """Read a text: ASCII is counted by byte translation, anything else character by character, to the same result."""
    if not text:
        return TextFacts("", "", [], _ABSENT, [], 0)
    capitals, digits, punctuation = _count_ascii(text) if text.isascii() else _count_unicode(text)
    length = len(text)
    lowered = text.lower()
    words = find_words(lowered)
    sentences = 1
    for end in _SENTENCE_ENDS:
        sentences += text.count(end)
    statistics = (length, len(text.split()), sentences, capitals / length, digits / length, punctuation / length)
    return TextFacts(text, lowered, words, statistics, families.count(words, lowered), digits)


def _count_ascii(text: str) -> tuple[int, int, int]:
    raw = text.encode()
    length = len(raw)
    return (
        length - len(raw.translate(None, _UPPER)),
        length - len(raw.translate(None, _DIGITS)),
        length - len(raw.translate(None, _PUNCTUATION)),
    )


def _count_unicode(text: str) -> tuple[int, int, int]:
    return (
        sum(map(str.isupper, text)),
        sum(map(str.isdecimal, text)),
        sum(1 for character in text if character in string.punctuation),
    )
