"""Estimates how much memory objects take."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from core.features.streams.declaration import StreamPlan

_ATOMS = (str, bytes, int, float, bool, type(None))


def footprint(value: object, seen: set[int] | None = None) -> int:
    """Return about how many bytes an object and everything only it leads to take.

    Small whole numbers and texts that several objects share count for each, so it is rather too much. What a plan
    declares, classes and functions count for nobody.

    Args:
        value: An object made of plain containers and of objects with attributes or slots.
        seen: Ids of objects that were counted before; added to.
    """
    counted = set() if seen is None else seen
    waiting: list[Any] = [value]
    total = 0
    while waiting:
        one = waiting.pop()
        if id(one) in counted or callable(one) or isinstance(one, (StreamPlan, type)):
            continue
        counted.add(id(one))
        total += sys.getsizeof(one)
        if not isinstance(one, _ATOMS):
            waiting.extend(_parts(one))
    return total


def _parts(value: object) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for pair in value.items():
            yield from pair
    elif isinstance(value, Iterable):
        yield from value
    yield from getattr(value, "__dict__", {}).values()
    for kind in type(value).__mro__:
        names = getattr(kind, "__slots__", ())
        for name in (names,) if isinstance(names, str) else names:
            if not name.startswith("__"):
                yield getattr(value, name, None)
