"""Attributes of leads and items."""

from __future__ import annotations

from collections.abc import Mapping

from leadline.v1 import lead_pb2

from core.errors import InvalidInput
from core.lead import AttributeValue


def attributes_from_wire(wire: Mapping[str, lead_pb2.AttributeValue], most: int) -> Mapping[str, AttributeValue]:
    """Return attributes by name; a value that is not set, and an empty text, mean missing.

    Args:
        wire: As it came.
        most: Entries there may be.

    Raises:
        InvalidInput: If there are more.
    """
    if len(wire) > most:
        # Before anything is built: ten thousand of them are refused at the price of counting.
        raise InvalidInput.of("attributes", f"must have at most {most} entries, not {len(wire):,}")
    attributes: dict[str, AttributeValue] = {}
    for name, value in wire.items():
        kind = value.WhichOneof("value")
        if kind == "text":
            if value.text:
                attributes[name] = value.text
        elif kind == "number":
            attributes[name] = value.number
        elif kind == "flag":
            attributes[name] = value.flag
    return attributes
