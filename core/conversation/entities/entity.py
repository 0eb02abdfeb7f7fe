"""A fact found in a text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EntityKind(StrEnum):
    """What a fact is about."""

    BUDGET = "budget"
    """The most the lead would pay, or what it would pay about."""
    BUDGET_RANGE = "budget_range"
    BEDROOMS = "bedrooms"
    BATHROOMS = "bathrooms"
    AREA = "area"
    """Floor or land area."""
    PLACE = "place"
    DATE = "date"
    """A day, or a day and time."""
    DEADLINE = "deadline"
    """A day by which something must have happened."""
    PHONE = "phone"
    EMAIL = "email"
    MONEY = "money"
    """An amount that is no budget."""


MOST_MATCHES = 200
"""A pattern looks no further than so many of its matches in one text: what follows is a flood, not a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One fact."""

    kind: EntityKind
    start: int
    """First code point, from 0."""
    end: int
    """After the last code point."""
    normalized_text: str
    """The value, written one way: "450000", "2500/month", "2026-11-27", "+15550100", "riverside"."""
    lower: float | None = None
    """Lower end of an amount, count or area."""
    upper: float | None = None
    """Upper end."""
    unit: str = ""
    """ISO 4217 of an amount, "m2", "ft2" or "acre" of an area; empty where it is not said."""
    time: datetime | None = None
    """Start of a day or moment, for a deadline its end: local time of the message, taken as UTC."""
