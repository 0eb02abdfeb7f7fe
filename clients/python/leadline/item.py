"""Items as callers write and read them: what is recommended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from leadline.lead import AttributeValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A property, a product, a job. Empty text and ``None`` mean "not known". The server checks it."""

    item_id: str
    """1 to 128 characters of A-Z a-z 0-9 _ . : -"""
    title: str = ""
    description: str = ""
    item_type: str = ""
    """What it is, for example ``loft``."""
    location_name: str = ""
    price: float | None = None
    """0 to 1e12."""
    is_unavailable: bool = False
    """It can be had no more for now: it stays known and is not recommended."""
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    """Anything else known of it, at most 64 entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItem:
    """An item as the server keeps it."""

    item: Item
    create_time: datetime | None
    update_time: datetime | None
