"""Finds names of people by how they are used.

That is after a title, in a greeting, an introduction or a farewell, or as two capitalised words in a row. A name that
nothing gives away is not found, and places and firms of two words are masked too: a masked text is not anonymous.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from core.privacy.capitals import COMMON, PLACES
from core.privacy.redacted import PrivateKind, PrivateSpan

_WORD = re.compile(r"[^\W\d_](?:[\w'\u2019-]{0,40}[^\W_])?")
_TITLE_WORDS = "mr mrs ms miss mx dr prof professor sir madam madame herr frau señor señora monsieur"
_PARTICLE_WORDS = "de da di do dos van von der den la le bin ibn al el mc mac o"
_TITLES, _PARTICLES = frozenset(_TITLE_WORDS.split()), frozenset(_PARTICLE_WORDS.split())
_KIN = "wife|husband|partner|son|daughter|brother|sister|mother|father|boss|lawyer|agent|friend"
_GIVING_AWAY = (
    rf"(?:my|his|her|their|last|first|full|sur|(?:{_KIN})'?s) ?name(?: is|'s|:)?",
    r"name(?:'s| is|:)|call me|i am|i'm|i\u2019m|this is|named|called|behalf of",
    r"speak(?:ing)? (?:to|with)|talk(?:ed)? to|ask for|follow up with|met|meet|with|contact|tell|ask|call|email",
    r"dear|hi,?|hello,?|hey,?|good (?:morning|afternoon|evening),?",
    r"regards,?|sincerely,?|cheers,?|thanks,?|thank you,?|best,|yours,?|love,",
    rf"my (?:{_KIN}),?",
)
_LAST_WORDS = (
    "name name's names i'm i\u2019m is am me named called of to with for met meet contact tell ask call email dear hi "
    "hello hey morning afternoon evening regards sincerely cheers thanks you best yours love"
)
_LAST_BEFORE_NAME = frozenset(f"{_LAST_WORDS} {_KIN.replace('|', ' ')}".split())
"""The last words of these: a quick look before the slow one."""
_BEFORE_NAME = re.compile(rf"\b(?:{'|'.join(_GIVING_AWAY)})[\s:]{{1,3}}$", re.IGNORECASE)
_LOWER_NAME = re.compile(
    r"\b(?:my name is|my name's|name:)[ ]{1,3}([^\W\d_][\w'-]{1,30}(?: [^\W\d_][\w'-]{1,30})?)", re.IGNORECASE
)
_LINE_NAME = re.compile(r"^[ \t]{0,8}([^\W\d_][\w'\u2019-]{1,30}(?: [^\W\d_][\w'\u2019-]{1,30})?):", re.MULTILINE)
_NO_NAMES = COMMON | PLACES | _TITLES
_NEAR = 40
"""Characters before a word that may give it away."""
_MOST_WORDS = 4
_JOINING = frozenset({" ", "  ", ". ", "\u00a0"})


def find_names(text: str) -> Iterator[PrivateSpan]:
    """Yield what is used as the name of a person."""
    words = list(_WORD.finditer(text))
    position = 0
    while position < len(words):
        run = _run(text, words, position)
        if run and _is_name(text, words, position, len(run)):
            yield _span(run[0].start(), run[-1].end())
        position += max(1, len(run))
    for pattern in (_LOWER_NAME, _LINE_NAME):
        for match in pattern.finditer(text):
            if _is_plain_name(match.group(1), is_line=pattern is _LINE_NAME):
                yield _span(*match.span(1))


def _run(text: str, words: Sequence[re.Match[str]], position: int) -> Sequence[re.Match[str]]:
    """Return the words from a place on that could be one name."""
    run: list[re.Match[str]] = []
    for word in words[position : position + _MOST_WORDS]:
        joint = text[run[-1].end() : word.start()] if run else ""
        if run and (joint not in _JOINING or (joint == ". " and len(run[-1].group()) > 1)):
            break
        if not _may_name(word.group()) and not (run and word.group().lower() in _PARTICLES):
            break
        run.append(word)
    while run and not _may_name(run[-1].group()):
        run.pop()
    return run


def _may_name(word: str) -> bool:
    """Return whether a word is written like a name and is not one of those that are written so anyway."""
    if not word[0].isupper() or word.lower() in _NO_NAMES:
        return False
    return len(word) == 1 or not word.isupper()


def _is_name(text: str, words: Sequence[re.Match[str]], position: int, length: int) -> bool:
    first = words[position]
    if length > 1 and len(first.group()) > 1:
        return True
    if position and words[position - 1].group().lower() in _TITLES:
        return text[words[position - 1].end() : first.start()] in {" ", ". ", "."}
    if len(first.group()) == 1:
        return False
    if not position or words[position - 1].group().lower() not in _LAST_BEFORE_NAME:
        return False
    return bool(_BEFORE_NAME.search(text[max(0, first.start() - _NEAR) : first.start()]))


def _is_plain_name(name: str, *, is_line: bool) -> bool:
    parts = name.split()
    if is_line and not all(map(_may_name, parts)):
        return False
    return not all(part.lower() in COMMON for part in parts)


def _span(start: int, end: int) -> PrivateSpan:
    return PrivateSpan(kind=PrivateKind.NAME, start=start, end=end)
