"""Floor and land areas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from core.conversation.entities.entity import MOST_MATCHES, Entity, EntityKind
from core.conversation.entities.numbers import DIGITS, WORDED, number_of, written

_SQUARE_METRES_IN_HECTARE = 10_000.0
_UNITS: Mapping[str, tuple[str, float]] = {
    "feet": ("ft2", 1.0),
    "metres": ("m2", 1.0),
    "acres": ("acre", 1.0),
    "hectares": ("m2", _SQUARE_METRES_IN_HECTARE),
}
_AREA = re.compile(
    r"(?P<least>\b(?:at least|minimum(?: of)?|min|over|more than) )?(?P<most>\b(?:up to|under|at most|less than|max) )?"
    rf"(?<![0-9])(?<![0-9][.,])(?P<first>{DIGITS}|\bhalf an(?= acre)|\ban?(?= (?:acre|hectare))|\b{WORDED})"
    rf"(?P<thousand>k)?(?: ?(?:-|to) ?(?P<second>{DIGITS}))?(?P<more>\+)?[ -]?"
    r"(?:(?P<feet>sq(?:uare|\.)? ?-?(?:feet|foot|ft)\b\.?|sq\.? ?f\b|sqft\b|sf\b|ft2\b|ft²)"
    r"|(?P<metres>sq(?:uare|\.)? ?-?m(?:et(?:er|re)s?)?\b|sqm\b|m2\b|m²|qm\b)"
    r"|(?P<acres>acres?\b)|(?P<hectares>hectares?\b|ha\b))"
)
_HAS_ANY = re.compile(r"sq|m2|m²|ft2|ft²|acre|hectare|[0-9] ?(?:sf|ha|qm)\b")


def find_areas(text: str) -> Iterator[Entity]:
    """Yield areas of a folded text; hectares in square metres."""
    if _HAS_ANY.search(text) is None:
        return
    for match in islice(_AREA.finditer(text), MOST_MATCHES):
        name = match.lastgroup or ""
        first = 0.5 if match["first"].startswith("half an") else number_of(match["first"])
        second = number_of(match["second"]) if match["second"] else first
        if name not in _UNITS or first is None or second is None:
            continue
        unit, factor = _UNITS[name]
        if match["thousand"]:
            factor *= 1000.0
        lower, upper = min(first, second) * factor, max(first, second) * factor
        is_open = bool(match["least"] or match["more"])
        value = written(lower) if lower == upper else f"{written(lower)}-{written(upper)}"
        yield Entity(
            kind=EntityKind.AREA,
            start=match.start(),
            end=match.end(),
            normalized_text=f"{value} {unit}",
            lower=None if match["most"] and not is_open else lower,
            upper=None if is_open else upper,
            unit=unit,
        )
