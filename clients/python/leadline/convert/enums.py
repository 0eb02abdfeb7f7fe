"""Enums on the wire: a number this client does not know becomes ``UNKNOWN`` instead of an error."""

from __future__ import annotations

from enum import Enum
from typing import Protocol, TypeVar

E = TypeVar("E", bound=Enum)


class WireEnum(Protocol):
    """The part of a generated enum that is needed here."""

    def keys(self) -> list[str]:
        """Return the names."""

    def values(self) -> list[int]:
        """Return the numbers, in the order of the names."""


def enum_table(wire: WireEnum, prefix: str, kind: type[E]) -> dict[int, E]:
    """Return wire number → member, for the members that the wire names as ``prefix`` + name."""
    numbers = dict(zip(wire.keys(), wire.values(), strict=True))
    return {numbers[prefix + name]: member for name, member in kind.__members__.items() if prefix + name in numbers}
