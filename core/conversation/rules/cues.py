"""Families of phrases that speak for a class, and how they are found.

A phrase is words with spaces between. ``a/b`` is either word, ``word*`` any word that starts so, ``..`` at most three
words of any kind, ``^`` the start of a clause, ``$`` its end. A phrase that starts with ``=`` also counts where a word
before negates it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from core.conversation.rules.words import Words

_LINE = re.compile(r"^(-?[0-9.]+):([^:]*)$(?=\s*(?:^-?[0-9.]+:|\Z))", re.MULTILINE)
"""A weight and its phrases, which may go over several lines."""
_LONGEST_GAP = 3
_START, _END, _GAP = "^", "$", ".."


@dataclass(frozen=True, slots=True)
class Cue:
    """What a phrase speaks for."""

    column: int
    """Index of the class."""
    weight: float
    """In log-odds."""
    is_fixed: bool
    """Whether words before it do not change it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase that was found."""

    cue: Cue
    first: int
    """Index of its first word."""
    end: int
    """After its last word."""


class _Node:
    """Where phrases that start alike part."""

    __slots__ = ("cues", "gap", "lengths", "prefixes", "words")

    def __init__(self) -> None:
        self.words: dict[str, _Node] = {}
        self.prefixes: dict[str, _Node] = {}
        self.lengths: set[int] = set()
        """Of the prefixes."""
        self.gap: _Node | None = None
        self.cues: list[Cue] = []

    def child(self, step: str) -> _Node:
        if step == _GAP:
            self.gap = self.gap or _Node()
            return self.gap
        if step.endswith("*"):
            self.lengths.add(len(step) - 1)
            return self.prefixes.setdefault(step[:-1], _Node())
        return self.words.setdefault(step, _Node())


class Phrases:
    """Phrases of several classes, found together. Safe to share between threads.

    Args:
        families: Class index to lines of a weight, a colon and phrases with semicolons between; a line may go on in
            the next. A negative weight speaks against the class.
    """

    def __init__(self, families: Mapping[int, str]) -> None:
        self._root = _Node()
        for column, table in families.items():
            for weight, phrases in _LINE.findall(table):
                for phrase in phrases.split(";"):
                    self._add(phrase, column, float(weight))

    def _add(self, phrase: str, column: int, weight: float) -> None:
        cue = Cue(column, weight, phrase.strip().startswith("="))
        for steps in product(*(step.split("/") for step in phrase.strip().removeprefix("=").split())):
            node = self._root
            for step in steps:
                node = node.child(step)
            node.cues.append(cue)

    def hits(self, words: Words) -> Iterator[Hit]:
        """Yield every phrase found, by its first word."""
        start = self._root.words.get(_START)
        for first, word in enumerate(words.words):
            nodes = _next(self._root, word)
            if start is not None and words.starts_clause[first]:
                nodes += _next(start, word)
            if nodes:
                yield from _from(nodes, words, first)


def _from(nodes: Sequence[_Node], words: Words, first: int) -> Iterator[Hit]:
    """Yield the phrases that go on from nodes after their first word."""
    open_nodes = [(node, first + 1) for node in nodes]
    while open_nodes:
        node, index = open_nodes.pop()
        yield from (Hit(cue, first, index) for cue in node.cues)
        ending = node.words.get(_END)
        if ending is not None and words.starts_clause[index]:
            yield from (Hit(cue, first, index) for cue in ending.cues)
        if node.gap is not None:
            open_nodes.extend((node.gap, after) for after in _after_gap(words, index))
        if index < len(words.words):
            open_nodes.extend((next_node, index + 1) for next_node in _next(node, words.words[index]))


def _after_gap(words: Words, index: int) -> Iterator[int]:
    """Yield where a gap may end: within the clause."""
    for after in range(index, min(index + _LONGEST_GAP, len(words.words)) + 1):
        if after > index and words.starts_clause[after] and after < len(words.words):
            return
        yield after


def _next(node: _Node, word: str) -> list[_Node]:
    found = node.words.get(word)
    nodes = [] if found is None else [found]
    for length in node.lengths:
        after = node.prefixes.get(word[:length])
        if after is not None and length <= len(word):
            nodes.append(after)
    return nodes
