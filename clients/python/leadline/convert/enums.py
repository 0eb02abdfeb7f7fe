"""Enums on the wire: a number this client does not know becomes ``UNKNOWN`` instead of an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TypeVar

from leadline.errors import InvalidRequest, Violation

E = TypeVar("E", bound=Enum)


def enum_table(wire: Sequence[tuple[str, int]], prefix: str, kind: type[E]) -> dict[int, E]:
    """Return number → member.

    Args:
        wire: Names and numbers of the generated enum.
        prefix: What its names begin with.
        kind: Our enum; members that the wire does not have are left out.
    """
    numbers = dict(wire)
    return {numbers[prefix + name]: member for name, member in kind.__members__.items() if prefix + name in numbers}


def enum_number(table: Mapping[int, E], member: E, field: str) -> int:
    """Return the number of a member.

    Raises:
        InvalidRequest: If it has none: ``UNKNOWN``, or no member at all. Sent as 0 it would mean something else.
    """
    number = next((number for number, known in table.items() if known is member), None)
    if number is None:
        raise InvalidRequest.of([Violation(field=field, rule="must be one that this client knows")])
    return number
