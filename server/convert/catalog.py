"""Items and the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from leadline.v1 import catalog_service_pb2 as pb
from leadline.v1 import item_pb2

from core.errors import InvalidInput, Violation
from core.identifiers import check_identifier
from core.lead import AttributeValue
from core.recommend.catalog import MAX_WRITES
from core.recommend.item import MAX_ITEM_ATTRIBUTES, Item, StoredItem
from server.convert.attributes import attributes_from_wire
from server.convert.times import time_to_wire

T = TypeVar("T")
_NONE: Mapping[str, AttributeValue] = {}


def items_from_wire(request: pb.UpsertItemsRequest) -> list[Item]:
    """Return the items to write.

    Raises:
        InvalidInput: Names every broken field below ``items[i]``, and every item that is there twice.
    """
    return _each_once(request.items, "items", item_from_wire, lambda item: item.item_id, ".item_id")


def item_ids_from_wire(request: pb.DeleteItemsRequest) -> list[str]:
    """Return the ids of the items to delete.

    Raises:
        InvalidInput: Names every id that is none, or is there twice.
    """
    return _each_once(request.item_ids, "item_ids", check_identifier, str, "")


def item_from_wire(wire: item_pb2.Item, path: str) -> Item:
    """Return an item.

    Raises:
        InvalidInput: Names every broken field below ``path``.
    """
    try:
        return Item(
            item_id=wire.item_id,
            title=wire.title,
            description=wire.description,
            item_type=wire.item_type,
            location_name=wire.location_name,
            price=wire.price if wire.HasField("price") else None,
            is_available=not wire.is_unavailable,
            attributes=attributes_from_wire(wire.attributes, MAX_ITEM_ATTRIBUTES) if wire.attributes else _NONE,
        )
    except InvalidInput as problem:
        raise problem.under(path) from None


def item_to_wire(item: Item) -> item_pb2.Item:
    """Return an item as a message."""
    wire = item_pb2.Item(
        item_id=item.item_id,
        title=item.title,
        description=item.description,
        item_type=item.item_type,
        location_name=item.location_name,
        price=item.price,
        is_unavailable=not item.is_available,
    )
    for name, value in item.attributes.items():
        if isinstance(value, str):
            wire.attributes[name].text = value
        elif isinstance(value, bool):
            wire.attributes[name].flag = value
        else:
            wire.attributes[name].number = value
    return wire


def stored_item_to_wire(stored: StoredItem) -> item_pb2.StoredItem:
    """Return a stored item as a message."""
    return item_pb2.StoredItem(
        item=item_to_wire(stored.item),
        create_time=time_to_wire(stored.create_time),
        update_time=time_to_wire(stored.update_time),
    )


_Wire = TypeVar("_Wire")


def _each_once(
    wires: Sequence[_Wire], field: str, read: Callable[[_Wire, str], T], key_of: Callable[[T], str], key_field: str
) -> list[T]:
    if not 1 <= len(wires) <= MAX_WRITES:
        raise InvalidInput.of(field, f"must be 1 to {MAX_WRITES}, not {len(wires):,}")
    found: list[T] = []
    problems: list[Violation] = []
    first: dict[str, int] = {}
    for at, wire in enumerate(wires):
        path = f"{field}[{at}]"
        try:
            one = read(wire, path)
        except InvalidInput as problem:
            problems.extend(problem.violations)
            continue
        before = first.setdefault(key_of(one), at)
        if before != at:
            rule = f"must be there once: {field}[{before}] has it too"
            problems.append(Violation(field=f"{path}{key_field}", rule=rule))
        found.append(one)
    if problems:
        raise InvalidInput(problems)
    return found
