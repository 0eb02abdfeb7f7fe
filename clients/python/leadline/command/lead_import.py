"""Writes the leads of a file in calls of 500, and goes on without the leads that the server refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from leadline.command.failure import sentence
from leadline.command.lead_input import BadRow, GoodRow
from leadline.command.progress import progress
from leadline.command.session import Session
from leadline.errors import InvalidRequest, LeadlineError
from leadline.leadfile.problem import place
from leadline.positions import positions_named

if TYPE_CHECKING:
    from leadline.client import Client

_RUN: Final = 500
"""Leads that are written or refused together."""


@dataclass(slots=True, kw_only=True)
class ImportOutcome:
    """What was written and what was not."""

    created_count: int = 0
    updated_count: int = 0
    failed_count: int = 0
    problems: list[str] = field(default_factory=list)
    """One sentence for each row that was refused."""
    stopped: str = ""
    """Why the import ended early, empty if it did not."""


class LeadImport:
    """One import.

    Args:
        client: Of the server.
        file: Name of the file, for messages.
        session: For messages.
    """

    def __init__(self, client: Client, file: str, session: Session) -> None:
        self._client = client
        self._file = file
        self._session = session
        self._outcome = ImportOutcome()

    def run(self, good: Sequence[GoodRow], bad: Sequence[BadRow]) -> ImportOutcome:
        """Write the good rows and report on the others."""
        for row in bad:
            self._refuse(row.number, row.error.message)
        unique = self._without_repeats(good)
        with progress("Writing", len(unique)) as advance:
            for start in range(0, len(unique), _RUN):
                rows = unique[start : start + _RUN]
                try:
                    self._write(rows)
                except LeadlineError as problem:
                    left = len(unique) - start
                    self._outcome.failed_count += left
                    self._outcome.stopped = sentence(problem, self._session)
                    break
                advance(len(rows))
        return self._outcome

    def _write(self, rows: Sequence[GoodRow]) -> None:
        """Write rows; leave out those the server names as bad and write the rest."""
        while rows:
            try:
                result = self._client.upsert_leads([row.write for row in rows])
            except InvalidRequest as problem:
                named = {position for position in positions_named(problem) if position < len(rows)}
                if not named:
                    raise
                for position in sorted(named):
                    self._refuse(rows[position].number, _rules(problem, position))
                rows = [row for position, row in enumerate(rows) if position not in named]
            else:
                self._outcome.created_count += result.created_count
                self._outcome.updated_count += result.updated_count
                return

    def _without_repeats(self, good: Sequence[GoodRow]) -> list[GoodRow]:
        first: dict[str, int] = {}
        unique = []
        for row in good:
            before = first.setdefault(row.write.lead.lead_id, row.number)
            if before == row.number:
                unique.append(row)
            else:
                self._refuse(row.number, f"lead_id must be there once; it is in row {before} too")
        return unique

    def _refuse(self, number: int, message: str) -> None:
        where = place(self._file, row=number)
        self._outcome.failed_count += 1
        self._outcome.problems.append(message if message.startswith(where) else f"{where}: {message}")


def _rules(problem: InvalidRequest, position: int) -> str:
    prefix = f"leads[{position}]"
    rules = [
        f"{violation.field.removeprefix(prefix).removeprefix('.')} {violation.rule}"
        for violation in problem.violations
        if violation.field.startswith(prefix)
    ]
    return "; ".join(rules)
