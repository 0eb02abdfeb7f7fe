"""Items on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Final

from leadline.convert.times import time_from_wire
from leadline.errors import InvalidRequest, Violation
from leadline.item import Item, StoredItem
from leadline.lead import AttributeValue
from leadline.v1 import item_pb2

_TEXTS: Final = ("item_id", "title", "description", "item_type", "location_name")


def item_to_wire(item: Item) -> item_pb2.Item:
    """Return an item as a message. Only what cannot be put on the wire is refused here; the server checks the rest.

    Raises:
        InvalidRequest: If a field has a type or value that the wire cannot carry; names it.
    """
    try:
        wire = item_pb2.Item(
            price=item.price, is_unavailable=item.is_unavailable, **{name: getattr(item, name) for name in _TEXTS}
        )
        _put_attributes(item.attributes, wire)
    except (TypeError, ValueError, OverflowError, AttributeError) as problem:
        raise InvalidRequest.of(_violations(item) or [Violation(field="item", rule=f"must fit: {problem}")]) from None
    return wire


def item_from_wire(wire: item_pb2.Item) -> Item:
    """Return a message as an item. Attributes without a value are left out."""
    return Item(
        item_id=wire.item_id,
        title=wire.title,
        description=wire.description,
        item_type=wire.item_type,
        location_name=wire.location_name,
        price=wire.price if wire.HasField("price") else None,
        is_unavailable=wire.is_unavailable,
        attributes={
            name: getattr(value, kind) for name, value in wire.attributes.items() if (kind := value.WhichOneof("value"))
        },
    )


def stored_item_from_wire(wire: item_pb2.StoredItem) -> StoredItem:
    """Return a message as a stored item."""
    return StoredItem(
        item=item_from_wire(wire.item),
        create_time=time_from_wire(wire.create_time) if wire.HasField("create_time") else None,
        update_time=time_from_wire(wire.update_time) if wire.HasField("update_time") else None,
    )


def _put_attributes(attributes: Mapping[str, AttributeValue], wire: item_pb2.Item) -> None:
    for name, value in attributes.items():
        if isinstance(value, bool):
            wire.attributes[name].flag = value
        elif isinstance(value, str):
            wire.attributes[name].text = value
        elif isinstance(value, Real):
            wire.attributes[name].number = float(value)
        elif value is not None:
            raise TypeError(f"attribute {name!r} must be a text, a finite number, true or false")


def _violations(item: Item) -> list[Violation]:
    found = []
    for name in _TEXTS:
        value = getattr(item, name)
        if not isinstance(value, str):
            found.append(Violation(field=name, rule="must be a text"))
        elif any("\ud800" <= letter <= "\udfff" for letter in value):
            found.append(Violation(field=name, rule="must be Unicode"))
    if item.price is not None and not isinstance(item.price, Real):
        found.append(Violation(field="price", rule="must be a number"))
    return found
