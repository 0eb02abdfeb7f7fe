"""A message as the rules see it: its words and where clauses end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.conversation.folded import folded
from core.conversation.span import Span
from core.conversation.word_set import word_set

MOST_WORDS = 400
"""Words of a message that the rules read: what a lead wants stands at the front of a long message."""
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_BREAK = re.compile(r"[.,;:!?\n()]| - ")
_TURNS = frozenset({"but", "however", "though", "although", "because", "except"})
_NEGATORS = word_set(
    """
    not no never none nobody without hardly neither nor cannot cant dont doesnt didnt isnt wasnt wont wouldnt
    arent havent hasnt shouldnt nothing stop
    """
)
_FREE = frozenset({"why"})
"""'Why don't we sign' negates nothing."""
_HEDGES = word_set(
    """
    maybe perhaps might possibly eventually someday sometime if wondering could whether
    """
)
_STRESSES = word_set(
    """
    very really so extremely absolutely totally completely super utterly truly incredibly such definitely too
    """
)
_KEPT = 16
"""Texts whose words are kept: all heads read one message, and the agent's turn before it, after another."""
_NEGATION_REACH = 3
_HEDGE_REACH = 4


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a message."""

    words: Sequence[str]
    """Folded."""
    spans: Sequence[tuple[int, int]]
    starts_clause: Sequence[bool]
    """For each word whether a clause starts with it, and True once more after the last one."""
    question_marks: int
    exclamation_marks: int
    ends_with_question: bool

    def is_negated(self, index: int) -> bool:
        """Return whether one of the three words before, in the same clause, negates the word."""
        for before in range(index - 1, max(-1, index - 1 - _NEGATION_REACH), -1):
            if self.starts_clause[before + 1]:
                return False
            word = self.words[before]
            if word in _NEGATORS or word.endswith("n't"):
                return before == 0 or self.words[before - 1] not in _FREE
        return False

    def stress(self, index: int) -> float:
        """Return what words before do to a cue: 1.25 if they stress it, 0.6 if they hedge it, else 1."""
        for before in range(index - 1, max(-1, index - 1 - _HEDGE_REACH), -1):
            if self.starts_clause[before + 1]:
                break
            if self.words[before] in _HEDGES:
                return 0.6
            if before == index - 1 and self.words[before] in _STRESSES:
                return 1.25
        return 1.0

    def span(self, first: int, end: int) -> Span:
        """Return where the words ``first`` to ``end``, without the one at ``end``, stand."""
        return Span(start=self.spans[first][0], end=self.spans[end - 1][1])


@lru_cache(maxsize=_KEPT)
def words_of(text: str) -> Words:
    """Return the words of a text, at most the first 400."""
    plain = folded(text)
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    starts = [True]
    end = 0
    for match in _WORD.finditer(plain):
        if len(words) == MOST_WORDS:
            break
        if words:
            starts.append(match[0] in _TURNS or _BREAK.search(plain, end, match.start()) is not None)
        words.append(match[0])
        spans.append(match.span())
        end = match.end()
    if words:
        starts.append(True)
    return Words(words, spans, starts, plain.count("?"), plain.count("!"), plain.rstrip().endswith("?"))
