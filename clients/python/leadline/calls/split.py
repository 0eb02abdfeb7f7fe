"""Cuts long lists into calls the server takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from leadline.errors import InvalidRequest, Violation
from leadline.positions import prefixed

MAX_LEADS: Final = 500
"""Leads in one call; the limit of UpsertLeads."""
MAX_CALL_BYTES: Final = 3 * 1024 * 1024
"""Below the 4 MiB that a gRPC server takes unless it is told otherwise."""
MAX_REQUEST_ID: Final = 128
"""Characters of an idempotency key."""

Item = TypeVar("Item")
Wire = TypeVar("Wire")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed(Generic[Item, Wire]):
    """One lead of a list on its way to the wire."""

    position: int
    item: Item
    wire: Wire | None
    """None if it cannot be put on the wire."""
    error: InvalidRequest | None
    """Why not."""


def place(
    items: Iterable[Item], to_wire: Callable[[Item], Wire], size: Callable[[Wire], int]
) -> Iterator[tuple[Placed[Item, Wire], int]]:
    """Yield each item with its message, or with the error it met, and its size in bytes."""
    for position, item in enumerate(items):
        try:
            wire = to_wire(item)
        except InvalidRequest as problem:
            error = prefixed(problem, f"leads[{position}]")
            yield Placed(position=position, item=item, wire=None, error=error), 0
        else:
            yield Placed(position=position, item=item, wire=wire, error=None), size(wire)


def cut(placed: Iterable[tuple[Placed[Item, Wire], int]]) -> Iterator[list[Placed[Item, Wire]]]:
    """Yield runs of at most ``MAX_LEADS`` leads and ``MAX_CALL_BYTES``; a lead above that goes alone."""
    run: list[Placed[Item, Wire]] = []
    run_bytes = 0
    for one, size in placed:
        if run and (len(run) == MAX_LEADS or run_bytes + size > MAX_CALL_BYTES):
            yield run
            run, run_bytes = [], 0
        run.append(one)
        run_bytes += size
    if run:
        yield run


def derived_ids(request_id: str, runs: Sequence[object]) -> list[str]:
    """Return one idempotency key for each call: the given one for a single call, else ``<id>.<n>``.

    Raises:
        InvalidRequest: If the given one leaves no room for that.
    """
    if len(runs) <= 1:
        return [request_id] * len(runs)
    if len(request_id) + len(f".{len(runs)}") > MAX_REQUEST_ID:
        rule = f"must leave room for .{len(runs)} within {MAX_REQUEST_ID} characters"
        raise InvalidRequest.of([Violation(field="request_id", rule=rule)])
    return [f"{request_id}.{number}" for number in range(1, len(runs) + 1)]
