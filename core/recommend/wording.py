"""Reasons in words. Every word stands for something that was checked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from core.event import EventKind
from core.recommend.catalog_view import folded
from core.recommend.item import Item

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
VERBS: Mapping[str, str] = {
    EventKind.ITEM_VIEWED: "viewed",
    EventKind.LINK_CLICKED: "clicked on",
    EventKind.ITEM_COMPARED: "compared",
    EventKind.ITEM_SHARED: "shared",
    EventKind.ITEM_LIKED: "liked",
    EventKind.ITEM_DISLIKED: "disliked",
    EventKind.ITEM_SAVED: "saved",
    EventKind.ITEM_ADDED_TO_CART: "put in the cart",
    EventKind.INQUIRY_SENT: "asked about",
    EventKind.VIEWING_SCHEDULED: "arranged to see",
    EventKind.VIEWING_COMPLETED: "went to see",
    EventKind.BOOKING_REQUESTED: "asked to book",
    EventKind.BOOKING_COMPLETED: "booked",
    EventKind.ITEM_PURCHASED: "bought",
}
"""What a lead did, as one says it."""
SMALLEST_PRICE = 1.0
"""Below it two digits say too little of a price."""
_SIBILANTS = ("s", "x", "z", "ch", "sh")
_DIGITS_OF_BOUND = 2


def counted(count: int, noun: str) -> str:
    """Return for example ``three lofts``."""
    number = NUMBERS[count] if count < len(NUMBERS) else f"{count:,}"
    return f"{number} {noun if count == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """Return the plural of an English noun, by rule."""
    if noun.endswith("s"):
        return noun
    if noun.endswith(_SIBILANTS):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2:-1] not in set("aeiou"):
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def amount(value: float) -> str:
    """Return a price as one writes it: 3,000 or 12.5."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def bound_above(prices: Sequence[float]) -> float:
    """Return a round number above all prices: two digits that are not zero."""
    largest = max(prices)
    if largest <= 0.0:
        return 1.0
    step = 10.0 ** (math.floor(math.log10(largest)) - _DIGITS_OF_BOUND + 1)
    steps = math.floor(largest / step) + 1
    # What a division leaves may be a hair too little.
    while round(steps * step, 6) <= largest:
        steps += 1
    return round(steps * step, 6)


def group_of(items: Sequence[Item], count: int) -> str:
    """Return what items have in common, counted: ``three lofts in SoHo under 3,000``.

    Args:
        items: Every one that a word must be true of: those that are counted, and the recommended one.
        count: How many are counted.
    """
    kind, place = items[0].item_type, items[0].location_name
    same_type = bool(kind) and len({folded(item.item_type) for item in items}) == 1
    same_place = bool(place) and len({folded(item.location_name) for item in items}) == 1
    words = [counted(count, kind if same_type else "item")]
    if same_place:
        words.append(f"in {place}")
    prices = [item.price for item in items if item.price is not None]
    if len(prices) == len(items) and (same_type or same_place) and max(prices) >= SMALLEST_PRICE:
        words.append(f"under {amount(bound_above(prices))}")
    return " ".join(words)


def shared_properties(first: Item, second: Item) -> list[str]:
    """Return what two items share, in words: ``type loft``, ``in SoHo``, ``bedrooms 2``, ``price near 2,900``."""
    found = []
    if first.item_type and folded(first.item_type) == folded(second.item_type):
        found.append(f"type {first.item_type}")
    if first.location_name and folded(first.location_name) == folded(second.location_name):
        found.append(f"in {first.location_name}")
    for name in sorted(first.attributes.keys() & second.attributes.keys()):
        mine, other = first.attributes[name], second.attributes[name]
        if _is_same(mine, other):
            found.append(f"{name} {_shown(mine)}")
    if _is_near(first.price, second.price):
        found.append(f"price near {amount(first.price or 0.0)}")
    return found


NEAR = 0.1
"""Prices that differ by no more than this share of the larger are near."""


def _is_near(first: float | None, second: float | None) -> bool:
    return first is not None and second is not None and first > 0.0 and abs(first - second) <= NEAR * max(first, second)


def _is_same(first: str | float, second: str | float) -> bool:
    if isinstance(first, str) and isinstance(second, str):
        return bool(folded(first)) and folded(first) == folded(second)
    return type(first) is type(second) and first == second


def _shown(value: str | float) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else amount(value)
