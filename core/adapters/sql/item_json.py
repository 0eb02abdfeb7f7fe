"""An item as JSON text. ASCII, so that every text an item may hold fits every database."""

from __future__ import annotations

import json

from core.recommend.item import Item


def item_to_json(item: Item) -> str:
    """Return the JSON text of an item; what is not known is left out. :func:`item_from_json` is its inverse."""
    content: dict[str, object] = {
        "title": item.title,
        "description": item.description,
        "item_type": item.item_type,
        "location_name": item.location_name,
        "attributes": dict(item.attributes),
    }
    known = {name: value for name, value in content.items() if value}
    if item.price is not None:
        known["price"] = item.price
    if not item.is_available:
        known["is_available"] = False
    return json.dumps(known, sort_keys=True, separators=(",", ":"), allow_nan=False)


def item_from_json(item_id: str, text: str) -> Item:
    """Return the item that :func:`item_to_json` wrote."""
    return Item(item_id=item_id, **json.loads(text))
