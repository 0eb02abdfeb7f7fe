"""Weighs the terms of a text: words, pairs of words, and pieces of words, by TF-IDF."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from math import log
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.conversation.folded import folded
from core.errors import InvalidInput

Singles = npt.NDArray[np.float32]

FORMAT = 1
MOST_TERMS = 100_000
MOST_TOKENS = 1_000
"""Of one text; what comes after is not looked at."""
LONGEST_WORD = 48
"""Characters of a word whose pieces count."""
LEAST_TEXTS = 2
MOST_WORDS, MOST_GRAMS = 6_000, 10_000
"""Terms of each sort that are learned unless more are asked for."""
_SHORTEST_GRAM, _LONGEST_GRAM = 3, 5
_MOST_REMEMBERED = 20_000
"""Words whose pieces are kept at hand."""
# Words with apostrophes within, and signs that mean something by themselves: currencies, per cent, emoji.
_TOKEN = re.compile(r"\w+(?:'\w+)*|[^\w\s!\"#'()*+,\-./:;<=>?@\[\\\]^_`{|}~]")


class TextToken(NamedTuple):
    """A word of a text, or a sign."""

    text: str
    """In lower case."""
    start: int
    end: int
    """Code points of the text it came from: ``start`` to ``end``, without the one at ``end``."""


def tokens_with_spans(text: str) -> list[TextToken]:
    """Return the first 1,000 words and signs of a text with their places."""
    return [TextToken(found.group(), found.start(), found.end()) for found in _found(text)]


def _tokens(text: str) -> list[str]:
    return [found.group() for found in _found(text)]


def _found(text: str) -> Iterator[re.Match[str]]:
    return islice(_TOKEN.finditer(folded(text)), MOST_TOKENS)


def pieces(word: str) -> list[str]:
    """Return what a word is made of: three to five characters in a row, a space standing for its ends."""
    padded = f" {word[:LONGEST_WORD]} "
    return [
        padded[start : start + size]
        for size in range(_SHORTEST_GRAM, _LONGEST_GRAM + 1)
        for start in range(len(padded) - size + 1)
    ]


def _words(tokens: Sequence[str]) -> list[str]:
    return [*tokens, *(f"{first} {second}" for first, second in pairwise(tokens))]


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Vectorizer:
    """Turns texts into rows of TF-IDF weights (Salton and Buckley 1988): words and pairs of words first, then pieces.

    The weight of a term is ``(1 + ln tf) * idf``; the words and the pieces of a text are each scaled to length 1. Takes
    time in proportion to the text. Safe to share between threads.

    Raises:
        InvalidInput: If a term is there twice, or weights and terms are not as many.
    """

    words: Mapping[str, int]
    """Lower-cased words, and two words with a space between, to columns 0 to ``len(words) - 1``."""
    grams: Mapping[str, int]
    """Pieces of words to the columns after those."""
    idf: Singles
    """(size,), > 0."""
    _remembered: dict[str, tuple[int, ...]]

    @classmethod
    def of(cls, words: Sequence[str], grams: Sequence[str], idf: Sequence[float]) -> Vectorizer:
        """Make one of its terms, in the order of their columns."""
        weights = np.asarray(idf, dtype=np.float32)
        if weights.shape != (len(words) + len(grams),) or not (np.isfinite(weights) & (weights > 0.0)).all():
            raise InvalidInput.of("idf", "must hold a finite number above 0 for each term")
        if len(weights) > MOST_TERMS or len(set(words)) != len(words) or len(set(grams)) != len(grams):
            raise InvalidInput.of("terms", f"must be at most {MOST_TERMS:,} and different from each other")
        return cls(
            words={term: column for column, term in enumerate(words)},
            grams={term: column for column, term in enumerate(grams, len(words))},
            idf=weights,
            _remembered={},
        )

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        *,
        least_texts: int = LEAST_TEXTS,
        most_words: int = MOST_WORDS,
        most_grams: int = MOST_GRAMS,
    ) -> Vectorizer:
        """Learn terms from texts: those in most of them, ties in alphabetical order. The same texts give the same.

        Args:
            texts: To learn from.
            least_texts: A term must be in so many.
            most_words: Words and pairs to keep.
            most_grams: Pieces to keep.
        """
        seen_words: Counter[str] = Counter()
        seen_grams: Counter[str] = Counter()
        for text in texts:
            tokens = _tokens(text)
            seen_words.update(set(_words(tokens)))
            seen_grams.update({piece for token in set(tokens) for piece in pieces(token)})
        words = _commonest(seen_words, least_texts, most_words)
        grams = _commonest(seen_grams, least_texts, most_grams)
        found = [seen_words[term] for term in words] + [seen_grams[term] for term in grams]
        return cls.of(words, grams, [log((1 + len(texts)) / (1 + count)) + 1.0 for count in found])

    @classmethod
    def from_json(cls, content: object) -> Vectorizer:
        """Return what :meth:`to_json` returned, after a way through JSON.

        Raises:
            InvalidInput: If it is not that.
        """
        if not isinstance(content, dict) or content.keys() != {"format", "words", "grams", "idf"}:
            raise InvalidInput.of("vectorizer", "must hold format, words, grams and idf")
        words, grams, idf = content["words"], content["grams"], content["idf"]
        if content["format"] != FORMAT or not (_are(words, str) and _are(grams, str) and _are(idf, (int, float))):
            raise InvalidInput.of("vectorizer", f"must be of format {FORMAT}: lists of terms and of numbers")
        return cls.of(words, grams, idf)

    def to_json(self) -> dict[str, object]:
        """Return it as what JSON can hold."""
        idf = [round(float(weight), 6) for weight in self.idf]
        return {"format": FORMAT, "words": list(self.words), "grams": list(self.grams), "idf": idf}

    def to_bytes(self) -> bytes:
        """Return it as the content of ``vectorizer.json``."""
        return json.dumps(self.to_json(), separators=(",", ":"), allow_nan=False).encode("ascii")

    @property
    def size(self) -> int:
        """Number of columns."""
        return len(self.idf)

    def rows(self, texts: Sequence[str]) -> Singles:
        """Return the weights of the terms of each text, float32 (len(texts), size); all 0 where none is known."""
        rows = np.zeros((len(texts), self.size), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            if text:
                self._weigh(text, row)
        return rows

    def columns_of(self, term: str) -> list[int]:
        """Return the columns that a word, or two with a space between, speaks through."""
        own = self.words.get(term)
        found = [] if own is None else [own]
        if " " not in term:
            found += self._pieces_of(term)
        return found

    def _weigh(self, text: str, row: Singles) -> None:
        tokens = _tokens(text)
        known = self.words
        words = Counter(column for term in _words(tokens) if (column := known.get(term)) is not None)
        grams: Counter[int] = Counter()
        for token in tokens:
            grams.update(self._pieces_of(token))
        for counted in (words, grams):
            if counted:
                columns = np.fromiter(counted.keys(), dtype=np.intp, count=len(counted))
                counts = np.fromiter(counted.values(), dtype=np.float64, count=len(counted))
                weights = (1.0 + np.log(counts)) * self.idf[columns]
                row[columns] = weights / np.sqrt(weights @ weights)

    def _pieces_of(self, word: str) -> tuple[int, ...]:
        found = self._remembered.get(word)
        if found is None:
            known = self.grams
            found = tuple(column for piece in pieces(word) if (column := known.get(piece)) is not None)
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[word] = found
        return found


def _are(values: object, kind: type | tuple[type, ...]) -> bool:
    return isinstance(values, list) and all(isinstance(value, kind) for value in values)


def _commonest(counts: Mapping[str, int], least: int, most: int) -> list[str]:
    enough: Iterable[str] = (term for term, count in counts.items() if count >= least)
    return sorted(sorted(enough, key=lambda term: (-counts[term], term))[:most])
