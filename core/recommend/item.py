"""An item: what is recommended; a property, a product, a job."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.errors import InvalidInput, Violation
from core.identifiers import IDENTIFIER_RULE, check_identifier
from core.lead import MAX_ATTRIBUTE_NAME, MAX_ATTRIBUTE_TEXT, MAX_DESCRIPTION, MAX_SHORT_TEXT, MAX_TITLE, AttributeValue

MAX_ITEM_ATTRIBUTES = 64
LARGEST_PRICE = 1e12
_NO_ATTRIBUTES: Mapping[str, AttributeValue] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of the catalogue. Empty text and None mean "not known".

    Raises:
        InvalidInput: On construction; names every broken field.
    """

    item_id: str
    title: str = ""
    description: str = ""
    item_type: str = ""
    """What it is, for example ``loft``, ``running shoes``, ``backend engineer``."""
    location_name: str = ""
    price: float | None = None
    """In the tenant's currency, in [0, 1e12]."""
    is_available: bool = True
    attributes: Mapping[str, AttributeValue] = field(default_factory=lambda: _NO_ATTRIBUTES)

    def __post_init__(self) -> None:
        violations = _violations(self)
        if violations:
            raise InvalidInput(violations)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItem:
    """An item as kept."""

    item: Item
    create_time: datetime
    update_time: datetime
    delete_time: datetime | None = None
    """Set: it was deleted. It is kept for what refers to it, and never recommended."""


def _violations(item: Item) -> list[Violation]:
    found: list[Violation] = []

    def check(holds: bool, name: str, rule: str) -> None:
        if not holds:
            found.append(Violation(field=name, rule=rule))

    check(_is_identifier(item.item_id), "item_id", IDENTIFIER_RULE)
    limits = (("title", MAX_TITLE), ("description", MAX_DESCRIPTION))
    for name, limit in (*limits, ("item_type", MAX_SHORT_TEXT), ("location_name", MAX_SHORT_TEXT)):
        check(len(getattr(item, name)) <= limit, name, f"must be at most {limit:,} characters")
    for name in ("item_type", "location_name"):
        # They are kept in columns of their own, also with every event about the item.
        check(_fits_a_column(getattr(item, name)), name, "must not hold NUL characters or lone surrogates")
    check(item.price is None or 0.0 <= item.price <= LARGEST_PRICE, "price", "must be 0 to 1e12")
    check(len(item.attributes) <= MAX_ITEM_ATTRIBUTES, "attributes", f"must have at most {MAX_ITEM_ATTRIBUTES} entries")
    for name, value in list(item.attributes.items())[:MAX_ITEM_ATTRIBUTES]:
        check(
            1 <= len(name) <= MAX_ATTRIBUTE_NAME,
            "attributes",
            f"must have keys of 1 to {MAX_ATTRIBUTE_NAME} characters",
        )
        fits = len(value) <= MAX_ATTRIBUTE_TEXT if isinstance(value, str) else math.isfinite(value)
        check(fits, f"attributes[{name[:MAX_ATTRIBUTE_NAME]!r}]", "must be a finite number or at most 1,000 characters")
    return found


def _fits_a_column(text: str) -> bool:
    if text.isascii():
        return "\x00" not in text
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _is_identifier(value: str) -> bool:
    try:
        check_identifier(value, "item_id")
    except InvalidInput:
        return False
    return True
