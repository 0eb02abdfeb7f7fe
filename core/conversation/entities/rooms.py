"""Bedrooms and bathrooms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from core.conversation.entities.entity import MOST_MATCHES, Entity, EntityKind
from core.conversation.entities.numbers import COUNT, number_of, written

_BED = r"(?:bed ?-?rooms?|bedrms?|beds?|br|bdrms?|bdr|bhk|brs)"
_BATH = r"(?:bath ?-?rooms?|baths?|ba|bth|wcs?)"
_NUMBER = rf"(?:{COUNT}|a couple of|single)"
_HALF = r"(?: and a half|\.5|½)?"
_MODIFIERS = r"(?:(?:full|private|double|large|big|spacious|separate|en-?suite|proper|decent) ){0,2}"
_ROOMS = re.compile(
    rf"(?:(?P<least>at least|minimum(?: of)?|min|"
    rf"more than) )?(?<![0-9a-z])(?<![0-9][.,])(?P<first>{_NUMBER})(?P<half>{_HALF})"
    rf"(?: ?(?:-|to|or|/) ?(?P<second>{COUNT}))?(?P<more> ?\+| or more| plus)?[ -]{{0,2}}{_MODIFIERS}"
    rf"(?:(?P<bed>{_BED})|(?P<bath>{_BATH}))(?![a-z])(?P<after> or more| at least| minimum)?"
)
_NAMED_FIRST = re.compile(
    rf"\b(?:number of )?(?:(?P<bed>{_BED})|(?P<bath>{_BATH})) ?"
    rf"(?::|=|(?:to|should|must|can|will) be|is|are|as|needed is|i (?:need|want) (?:is|are)) ?(?P<first>{COUNT})\b"
)
_SHORT = re.compile(r"\b(?P<beds>[0-9]) ?b(?:ed)? ?/? ?(?P<baths>[0-9]) ?b(?:a|ath)?\b")
_STUDIO = re.compile(r"\bstudio (?:flat|apartment|apt|unit|condo|to rent)\b|\b(?:flat|apartment) or (?:a )?studio\b")
_HAS_ANY = re.compile(r"b(?:ed|ath|r\b|a\b|dr|hk|th)|[0-9] ?b|studio|[0-9] ?wc")
_MOST = 50.0
"""More rooms than these are no lead's wish."""


def find_rooms(text: str) -> Iterator[Entity]:
    """Yield counts of bedrooms and bathrooms in a folded text. A studio flat has none."""
    if _HAS_ANY.search(text) is None:
        return
    for match in islice(_ROOMS.finditer(text), MOST_MATCHES):
        yield from _counted(match)
    for match in islice(_NAMED_FIRST.finditer(text), MOST_MATCHES):
        number = number_of(match["first"])
        if number is not None and number <= _MOST:
            yield _entity(EntityKind.BEDROOMS if match["bed"] else EntityKind.BATHROOMS, match.span(), number, number)
    for match in islice(_SHORT.finditer(text), MOST_MATCHES):
        for kind, group in ((EntityKind.BEDROOMS, "beds"), (EntityKind.BATHROOMS, "baths")):
            yield _entity(kind, match.span(group), float(match[group]), float(match[group]))
    for match in islice(_STUDIO.finditer(text), MOST_MATCHES):
        yield _entity(EntityKind.BEDROOMS, match.span(), 0.0, 0.0)


def _counted(match: re.Match[str]) -> Iterator[Entity]:
    first = number_of(match["first"])
    second = number_of(match["second"]) if match["second"] else first
    if first is None or second is None or not first <= second <= _MOST:
        return
    half = 0.5 if match["half"] else 0.0
    is_least = match["least"] or match["more"] or match["after"]
    kind = EntityKind.BEDROOMS if match["bed"] else EntityKind.BATHROOMS
    yield _entity(kind, match.span(), first + half, None if is_least else second + half)


def _entity(kind: EntityKind, span: tuple[int, int], lower: float, upper: float | None) -> Entity:
    value = written(lower) + ("+" if upper is None else "" if upper == lower else f"-{written(upper)}")
    return Entity(kind=kind, start=span[0], end=span[1], normalized_text=value, lower=lower, upper=upper)
