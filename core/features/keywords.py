"""Families of keywords, counted in a text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from core.errors import InvalidInput
from core.features.words import find_words


class KeywordFamilies:
    """Named lists of lower-case words and phrases, indexed for one pass over the tokens of a text.

    Args:
        families: Name of each family to its words and phrases, for example
            ``{"urgency": ["urgent", "as soon as possible"]}``. Every entry starts with a letter.

    Raises:
        InvalidInput: If an entry is not lower case, or does not start with a letter.
    """

    def __init__(self, families: Mapping[str, Sequence[str]]) -> None:
        self.names = tuple(families)
        self.lists = {name: tuple(entries) for name, entries in families.items()}
        self._starts: dict[str, list[tuple[int, str, re.Pattern[str]]]] = {}
        for position, (name, entries) in enumerate(families.items()):
            for entry in entries:
                self._starts.setdefault(_first_word(name, entry), []).append((position, entry, _whole(entry)))
        self._words = frozenset(self._starts)

    def count(self, tokens: Sequence[str], lowered: str) -> list[int]:
        """Return how many different entries of each family occur in a text.

        Args:
            tokens: The words of the text, lower case.
            lowered: The whole text, lower case, for the phrases.
        """
        counts = [0] * len(self.names)
        for word in self._words.intersection(tokens):
            for position, entry, whole in self._starts[word]:
                if entry == word or (entry in lowered and whole.search(lowered)):
                    counts[position] += 1
        return counts


def _whole(entry: str) -> re.Pattern[str]:
    """Return what finds an entry that is not part of a longer word: "ready to" is not in "ready tomorrow"."""
    return re.compile(rf"(?<!\w){re.escape(entry)}(?!\w)")


def _first_word(name: str, entry: str) -> str:
    words = find_words(entry)
    if not words or not entry.startswith(words[0]) or entry != entry.lower():
        raise InvalidInput.of(f"keywords[{name!r}]", f"must be lower case and start with a letter: {entry!r}")
    return words[0]
