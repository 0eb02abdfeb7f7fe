"""Families of keywords, counted in a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.errors import InvalidInput


class KeywordFamilies:
    """Named lists of lower-case words and phrases, indexed for one pass over the tokens of a text.

    Args:
        families: Name of each family to its words and phrases, for example
            ``{"urgency": ["urgent", "as soon as possible"]}``. The first word of an entry must be letters only.

    Raises:
        InvalidInput: If an entry starts with something the tokeniser never yields.
    """

    def __init__(self, families: Mapping[str, Sequence[str]]) -> None:
        self.names = tuple(families)
        self.lists = {name: tuple(entries) for name, entries in families.items()}
        self._starts: dict[str, list[tuple[int, str]]] = {}
        for position, (name, entries) in enumerate(families.items()):
            for entry in entries:
                self._starts.setdefault(_first_word(name, entry), []).append((position, entry))
        self._words = frozenset(self._starts)

    def count(self, tokens: Sequence[str], lowered: str) -> list[int]:
        """Return how many different entries of each family occur in a text.

        Args:
            tokens: The words of the text, lower case.
            lowered: The whole text, lower case, for the phrases.
        """
        counts = [0] * len(self.names)
        for word in self._words.intersection(tokens):
            for position, entry in self._starts[word]:
                if entry == word or entry in lowered:
                    counts[position] += 1
        return counts


def _first_word(name: str, entry: str) -> str:
    words = entry.split()
    if not words or not words[0].isalpha() or len(words[0]) < 2 or entry != entry.lower():  # noqa: PLR2004  the tokeniser's minimum
        rule = f"must be lower-case words, the first of two or more letters: {entry!r}"
        raise InvalidInput.of(f"keywords[{name!r}]", rule)
    return words[0]
