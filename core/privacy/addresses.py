"""Finds where people live: streets, flats, post boxes and post codes, in English and how neighbours write them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from core.privacy.capitals import SPOKEN
from core.privacy.redacted import PrivateKind, PrivateSpan

_W = r"[^\W\d_][\w'\u2019.-]{0,30}"
"""A word."""
_TYPES = (
    "street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|way|place|pl|terrace|close|crescent|square|"
    "sq|parkway|pkwy|highway|hwy|circle|cir|trail|trl|grove|gardens|mews|row|hill|walk|quay|alley|loop|plaza|bypass|"
    "heights|park|ridge|view|pass|run|path|pike|turnpike|green|rise|vale|wharf|esplanade|parade|promenade"
)
_LATIN = "rue|via|viale|calle|avenida|avda|rua|ulica|ul|piazza|praça|plaça|strada|corso|chaussée|place|paseo|largo"
_JOINED = (
    "straße|strasse|str\\.|gasse|weg|platz|allee|vägen|gatan|gata|vegen|veien|vej|gade|laan|straat|plein|dijk|katu|tie"
)
_APART = "straße|strasse|str\\.|gasse|weg|platz|allee|katu|utca|út|tér|tee|tänav|iela|gatvė|ulica"
_PARTS = r"suite|ste|apt|apartment|flat|unit|condo|lot|p\.? ?o\.? box|postbox|postfach|box|psc|apo|fpo|dpo"
_STREETS = (
    # 12 Old Mill Road; 221b Baker Street, Flat 3
    rf"\b\d{{1,6}}[a-z]?(?:[ ,]{{1,2}}\d{{1,5}}[a-z]?)?,? (?:{_W} ){{1,4}}(?:{_TYPES})\b\.?",
    # Rue de la Paix 12, ul. Miła 57
    rf"\b(?:{_LATIN})\b\.? (?:{_W} ){{0,4}}?{_W},? (?:no\.? ?)?\d{{1,5}}[a-z]?\b",
    # Hauptstraße 5, Storgatan 12b
    rf"\b[^\W\d_][\w-]{{0,30}}(?:{_JOINED})\b\.? \d{{1,5}}(?: ?[a-z])?\b",
    # Luite tee 87
    rf"\b{_W} (?:{_APART}) \d{{1,5}}\b",
    # Suite 12, Apt. 4B, PO Box 77
    rf"\b(?:{_PARTS})\b\.? ?(?:no\.? ?|# ?)?\d{{1,6}}[a-z]?\b",
)
_CODES = (
    r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b",  # UK
    r"\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b",  # Canada
    r"\b[A-Z]{2},? \d{5}(?:-\d{4})?\b",  # state and code, US
    r"\b\d{4} ?[A-Z]{2}\b(?=[\s,.]|$)",  # Netherlands
    r"\b\d{5}-\d{3,4}\b",  # Brazil, US
)
_SAID_CODE = re.compile(
    r"\b(?:zip|postal|post|postcode|area)(?: ?code)?\b(?: is|:|,)? ?"
    r"((?=[A-Z0-9 -]{0,9}\d)[A-Z0-9]{2,5}(?:[ -][A-Z0-9]{2,4})?)\b",
    re.IGNORECASE,
)
_SAID_ADDRESS = re.compile(
    r"\b(?:address(?: it)?(?: is|'s|:)|lives? (?:at|on|in)|living (?:at|on)|located (?:at|on)|corner of|"
    r"(?:deliver|ship|moved?) to|stay(?:s|ing)? at)[ :,]{1,3}"
    r"(\d{1,6}[^.,?!\n]{2,60}|(?:[^\W\d_][\w'.-]{0,30} ){1,3}\d{1,5}\b)",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w[\w'\u2019-]{0,40}")
_MOST_BESIDE = 5
"""Words before an address, and behind it."""
_LONGEST_JOINT = 4
_STREET = re.compile("|".join(_STREETS), re.IGNORECASE)
_CODE = re.compile("|".join(_CODES))


def find_addresses(text: str) -> Iterator[PrivateSpan]:
    """Yield streets, flats, post boxes and post codes, with what is written beside them like a part of them."""
    words = list(_WORD.finditer(text))
    starts, ends = [word.start() for word in words], [word.end() for word in words]
    for pattern in (_STREET, _CODE):
        for match in pattern.finditer(text):
            first = _first_beside(text, words, bisect_left(starts, match.start()))
            last = _last_beside(text, words, bisect_right(ends, match.end()))
            yield _span(min(match.start(), starts[first]), max(match.end(), ends[last]))
    for pattern in (_SAID_CODE, _SAID_ADDRESS):
        yield from (_span(*match.span(1)) for match in pattern.finditer(text))


def _first_beside(text: str, words: Sequence[re.Match[str]], at: int) -> int:
    """Return the first of the words before an address that belong to it; the place ``at`` is its own first word."""
    least = max(0, at - _MOST_BESIDE)
    while at > least and _joins(text, words[at - 1], words[at]):
        at -= 1
    return at


def _last_beside(text: str, words: Sequence[re.Match[str]], after: int) -> int:
    """Return the last of the words behind an address that belong to it; ``after`` is the first behind it."""
    most = min(len(words), after + _MOST_BESIDE)
    while after < most and _joins(text, words[after], words[after - 1]):
        after += 1
    return after - 1


def _joins(text: str, word: re.Match[str], neighbour: re.Match[str]) -> bool:
    """Return whether a word is a number or capitalised, and nothing but a space, comma or line stands between."""
    left, right = sorted((word, neighbour), key=re.Match.start)
    joint = text[left.end() : right.start()]
    shown = word.group()
    is_part = shown[0].isdigit() or (shown[0].isupper() and shown.lower() not in SPOKEN)
    return is_part and len(joint) <= _LONGEST_JOINT and not joint.strip(" ,\n\t") and joint.count("\n") <= 1


def _span(start: int, end: int) -> PrivateSpan:
    return PrivateSpan(kind=PrivateKind.ADDRESS, start=start, end=end)
