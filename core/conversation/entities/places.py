"""Places, by how they are spoken of: there is no list of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from core.conversation.entities.entity import MOST_MATCHES, Entity, EntityKind
from core.conversation.entities.place_words import NO_PLACE, NO_PLACE_IN_LOWER_CASE

_MARKS = ",.'\u2019-"
_NAME = r"[A-Z][\w'\u2019-]{1,30}"
_JOIN = r"(?: (?:of|the|upon|on|under|de|del|la|le|von|am) | )"
_AHEAD = (
    r"\b(?:[Ii]n|[Nn]ear|[Aa]round|[Cc]lose to|[Nn]ext to|[Oo]utside(?: of)?|[Ww]ithin|[Aa]cross|[Tt]owards|"
    r"(?:move|moving|moved|relocate|relocating|go|going|shift|shifting|commute|commuting|travel|travelling|"
    r"traveling|head|heading|get|getting|drive) (?:out |down |up |over |back )?to|"
    r"[Ff]rom|[Ii]nto|[Ss]earch|[Ll]ooking (?:for|at)|[Aa]t|[Oo]ver in|[Aa]rea(?: is| of|:)|[Cc]ity(?: is| of|:)|"
    r"[Ll]ocation(?: is|:)|[Nn]orth of|[Ss]outh of|[Ee]ast of|[Ww]est of)"
    r" (?:the )?(?:(?:city|town|area|village|suburbs?|outskirts|vicinity|neighbou?rhood|north|south|east|west|"
    r"heart|centre|center) of )?(?:(?:downtown|central|north|south|east|west|greater|upper|lower) )?"
)
_CAPITALISED = re.compile(rf"{_AHEAD}(?P<name>{_NAME}(?:{_JOIN}?{_NAME}){{0,3}}(?:, [A-Z]{{2}}\b)?)")
_NAMED_AREA = re.compile(
    rf"(?P<name>{_NAME}(?: {_NAME}){{0,2}})(?: [Aa]rea| [Nn]eighbou?rhood| [Dd]istrict| [Ss]uburbs?| [Cc]ounty)\b"
)
_WITH_STATE = re.compile(rf"\b(?P<name>{_NAME}(?: {_NAME}){{0,2}}, [A-Z]{{2}})\b(?: [0-9]{{5}}\b)?")
_POSTCODE = re.compile(r"\b(?P<name>[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2})\b")
_LIKED = re.compile(
    rf"(?:\b[Pp]refer |\b[Tt]hink |\b[Aa]bout |\b[Tt]ry |\b[Ll]ooking for |^)(?P<name>{_NAME}(?: {_NAME}){{0,2}})"
    r"(?:['\u2019]s an?| (?:is|would be|works)) (?:a )?(?:good|great|fine|nice|perfect|ideal|best|ok|okay|lovely|"
    r"better|do|for me)\b"
)
_LOWER_AHEAD = re.compile(
    r"\b(?:(?:apartment|apt|flat|house|home|place|property|condo|somewhere|something|anything|office|studio|room|"
    r"one|living|live|based|located|be|"
    r"looking|bedroom|bed|search|rent|buy|villa|cottage|bungalow|townhouse|residence|unit|shop|apartments|flats|"
    r"houses|places|homes) (?:to (?:rent|buy) )?"
    r"(?:in|near|around|close to)|(?:move|moving|relocate|relocating|shifting|shift) (?:out |down |up |"
    r"over )?to) (?:the )?"
    r"(?:(?:city|town|area|village|suburbs?) of )?(?P<name>[a-z][a-z'-]{2,20}(?: [a-z][a-z'-]{2,20}){0,2})"
)
_LONGEST_LOWER = 2


def find_places(original: str, text: str) -> Iterator[Entity]:
    """Yield places.

    Args:
        original: The text as written: capitals show names.
        text: The same, folded.
    """
    for match in islice(_POSTCODE.finditer(original), MOST_MATCHES):
        yield _entity(text, match.start("name"), match["name"])
    for pattern in (_WITH_STATE, _CAPITALISED, _NAMED_AREA, _LIKED):
        for match in islice(pattern.finditer(original), MOST_MATCHES):
            name = _trimmed(match["name"])
            if name:
                yield _entity(text, match.start("name"), name)
    for match in islice(_LOWER_AHEAD.finditer(text), MOST_MATCHES):
        words = _leading(match["name"].split(" "))
        if words:
            yield _entity(text, match.start("name"), " ".join(words))


def _trimmed(name: str) -> str:
    """Drop the words at the end that are no name; nothing is left where the first is none."""
    words = name.split(" ")
    if _bare(words[0]) in NO_PLACE or (words[0].isupper() and len(words) == 1 and len(words[0]) > 3):  # noqa: PLR2004
        return ""
    for index, word in enumerate(words):
        if _bare(word) in NO_PLACE and word[:1].isupper():
            words = words[:index]
            break
    while words and not words[-1][:1].isupper():
        words.pop()
    return " ".join(words).rstrip(_MARKS)


def _bare(word: str) -> str:
    return word.rstrip(_MARKS).lower()


def _leading(words: list[str]) -> list[str]:
    kept: list[str] = []
    for word in words[:_LONGEST_LOWER]:
        if word in NO_PLACE_IN_LOWER_CASE or word in NO_PLACE:
            break
        kept.append(word)
    return kept


def _entity(text: str, start: int, name: str) -> Entity:
    end = start + len(name)
    return Entity(kind=EntityKind.PLACE, start=start, end=end, normalized_text=text[start:end])
