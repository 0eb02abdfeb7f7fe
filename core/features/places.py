"""How categories, locations and prices are written when leads are compared."""

from __future__ import annotations

import math


def location_key(location_name: str) -> str:
    """Return a location without differences of case and spacing."""
    return " ".join(location_name.casefold().split())


def category_levels(category: str) -> tuple[str, str]:
    """Return (group, whole category) of ``"Software/QA"``: ``("software", "software/qa")``; empty texts if unknown."""
    levels = [" ".join(level.casefold().split()) for level in category.split("/")]
    levels = [level for level in levels if level]
    return (levels[0], "/".join(levels)) if levels else ("", "")


def price_band(price: float | None) -> str:
    """Return the band of a price: four to every factor of ten, ``""`` if unknown."""
    return "" if price is None else str(round(4.0 * math.log10(1.0 + min(price, 1e12))))
