"""Writes the items of a file in calls of 500, and goes on without the items that the server refuses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from leadline.command.failure import sentence
from leadline.command.progress import progress
from leadline.command.session import Session
from leadline.errors import InvalidRequest, LeadlineError
from leadline.item import Item
from leadline.leadfile.item_rows import ItemRows
from leadline.leadfile.problem import place
from leadline.leadfile.reading import read_rows

if TYPE_CHECKING:
    from leadline.client import Client

_RUN: Final = 500
_NAMED: Final = re.compile(r"items\[(\d+)\]\.?")


@dataclass(slots=True, kw_only=True)
class ItemsWritten:
    """What was written and what was not."""

    row_count: int = 0
    created_count: int = 0
    updated_count: int = 0
    problems: list[str] = field(default_factory=list)
    """One sentence for each row that was refused."""
    stopped: str = ""
    """Why the import ended early, empty if it did not."""


def import_items(client: Client, path: str, session: Session) -> ItemsWritten:
    """Write every item of a file.

    Args:
        client: Of the server.
        path: Of the file, "-" for standard input.
        session: For messages.

    Raises:
        InvalidRequest: If the file cannot be used at all.
    """
    file = read_rows(path)
    rows = ItemRows(file)
    done = ItemsWritten(row_count=len(file.rows))
    good: dict[str, tuple[int, Item]] = {}
    for row in file.rows:
        try:
            item = rows.item(row)
        except InvalidRequest as problem:
            done.problems.append(problem.message)
            continue
        if item.item_id in good:
            where = place(file.name, row=row.number)
            done.problems.append(f"{where}: item_id must be there once; it is in row {good[item.item_id][0]} too")
        else:
            good[item.item_id] = (row.number, item)
    placed = list(good.values())
    with progress("Writing", len(placed)) as advance:
        for start in range(0, len(placed), _RUN):
            try:
                _write(client, file.name, placed[start : start + _RUN], done)
            except LeadlineError as problem:
                done.stopped = sentence(problem, session)
                break
            advance(len(placed[start : start + _RUN]))
    return done


def _write(client: Client, name: str, placed: Sequence[tuple[int, Item]], done: ItemsWritten) -> None:
    """Write items; leave out those the server names as bad and write the rest."""
    while placed:
        try:
            result = client.upsert_items([item for _, item in placed])
        except InvalidRequest as problem:
            named = _named(problem, len(placed))
            if not named:
                raise
            for at, rule in sorted(named.items()):
                done.problems.append(f"{place(name, row=placed[at][0])}: {rule}")
            placed = [one for at, one in enumerate(placed) if at not in named]
        else:
            done.created_count += result.created_count
            done.updated_count += result.updated_count
            return


def _named(problem: InvalidRequest, count: int) -> dict[int, str]:
    """Return what is wrong with each item that the error names."""
    found: dict[int, list[str]] = {}
    for violation in problem.violations:
        match = _NAMED.match(violation.field)
        if match and int(match.group(1)) < count:
            found.setdefault(int(match.group(1)), []).append(f"{violation.field[match.end() :]} {violation.rule}")
    return {at: "; ".join(rules) for at, rules in found.items()}
