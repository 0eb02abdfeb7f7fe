"""How attributes and numbers are worded in reasons."""

from __future__ import annotations

from collections.abc import Collection

from core.features.declaration import FeatureGroup

_MANY = 1000.0
_LONGEST = 80


def attribute_name(attribute: str, taken: Collection[str]) -> str:
    """Return the name a tenant's attribute is explained under: its own, or ``Price (attribute)`` if that is taken."""
    name = attribute
    while name in taken:
        name = f"{name} ({FeatureGroup.ATTRIBUTE.value})"
    return name


def number_text(value: float) -> str:
    """Return a finite number for people: whole from 1,000 on, else at most four digits."""
    if value == int(value) or abs(value) >= _MANY:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def shortened(text: str) -> str:
    """Return a text of at most 80 characters; a cut one ends in an ellipsis."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
