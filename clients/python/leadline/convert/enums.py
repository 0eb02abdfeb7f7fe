"""Enums on the wire: a number this client does not know becomes ``UNKNOWN`` instead of an error."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TypeVar

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
