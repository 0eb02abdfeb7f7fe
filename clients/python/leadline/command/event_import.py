"""Records the events of a file batch by batch, and remembers how far it came."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from leadline.command.failure import sentence
from leadline.command.progress import progress
from leadline.command.session import Session
from leadline.errors import LeadlineError, Violation
from leadline.event import Event, EventResult
from leadline.leadfile.event_file import EventFile, FileRow
from leadline.leadfile.event_row import EventColumns
from leadline.leadfile.problem import file_problem, place

if TYPE_CHECKING:
    from leadline.client import Client

_SHOWN: Final = 20
"""Most problems that are kept for the screen; all are in the file of refused rows."""


@dataclass(slots=True, kw_only=True)
class EventImportOutcome:
    """What was recorded and what was not."""

    recorded_count: int = 0
    duplicate_count: int = 0
    refused_count: int = 0
    skipped_count: int = 0
    """Rows that an earlier, interrupted import had done."""
    problems: list[str] = field(default_factory=list)
    """One sentence for each of the first rows that were refused."""
    stopped: str = ""
    """Why the import ended early, empty if it did not."""


class EventImport:
    """One import.

    Args:
        client: Of the server.
        path: Of the file.
        session: For messages.
        batch: Events in a call, 1 to 500.
    """

    def __init__(self, client: Client, path: str, session: Session, *, batch: int) -> None:
        self._client = client
        self._path = path
        self._session = session
        self._batch = batch
        self._mark = ProgressMark(path)
        self._outcome = EventImportOutcome()

    def run(self, file: EventFile, columns: EventColumns, *, resume: bool) -> EventImportOutcome:
        """Record what is in the file.

        Args:
            file: What is read.
            columns: What its columns mean.
            resume: Go on where an interrupted import of the same file stopped.

        Raises:
            InvalidRequest: If the file cannot be read, or is not the one that was interrupted.
        """
        outcome = self._outcome
        done, outcome.refused_count = self._mark.read() if resume else (0, 0)
        outcome.skipped_count = done
        rows = islice(file.rows(), done, None)
        refusals = RefusedRows(Path(f"{self._path}.refused.csv"), file.columns, keep=bool(done))
        with progress("Recording", file.count()) as advance:
            advance(done)
            while batch := list(islice(rows, self._batch)):
                try:
                    self._record(batch, columns, refusals)
                except LeadlineError as problem:
                    outcome.stopped = sentence(problem, self._session)
                    return outcome
                done += len(batch)
                self._mark.write(done, outcome.refused_count)
                advance(len(batch))
        self._mark.remove()
        return outcome

    def _record(self, rows: Sequence[FileRow], columns: EventColumns, refusals: RefusedRows) -> None:
        good: list[tuple[FileRow, Event]] = []
        broken: list[tuple[FileRow, list[Violation]]] = []
        for row in rows:
            read = columns.event(row)
            if isinstance(read, Event):
                good.append((row, read))
            else:
                broken.append((row, read))
        if good:
            done = self._client.record_events([event for _, event in good])
            self._outcome.recorded_count += done.recorded_count
            self._outcome.duplicate_count += done.duplicate_count
            for (row, _), result in zip(good, done.results, strict=True):
                if result.error is not None:
                    broken.append((row, self._violations(row, result, columns)))
        for row, violations in sorted(broken, key=lambda pair: pair[0].number):
            self._refuse(row, violations, refusals)

    def _violations(self, row: FileRow, result: EventResult, columns: EventColumns) -> list[Violation]:
        error = result.error
        if error is None or not error.violations:
            return [Violation(field=place(self._path, row=row.number), rule=error.message if error else "")]
        return [
            Violation(
                field=place(self._path, row=row.number, column=columns.column_of(v.field.rpartition(".")[2])),
                rule=v.rule,
            )
            for v in error.violations
        ]

    def _refuse(self, row: FileRow, violations: Sequence[Violation], refusals: RefusedRows) -> None:
        said = "; ".join(f"{violation.field}: {violation.rule}" for violation in violations)
        self._outcome.refused_count += 1
        if len(self._outcome.problems) < _SHOWN:
            self._outcome.problems.append(said)
        refusals.add(row, said)


class RefusedRows:
    """A CSV file of the rows that were not recorded, which can be put right and imported by itself.

    Args:
        path: Where to; it is made with the first row. One of an earlier import goes.
        columns: Of the file that is imported.
        keep: Keep what an interrupted import wrote.
    """

    def __init__(self, path: Path, columns: tuple[str, ...], *, keep: bool) -> None:
        self._path = path
        self._columns = columns
        if not keep:
            path.unlink(missing_ok=True)

    def add(self, row: FileRow, problem: str) -> None:
        """Add a row."""
        is_new = not self._path.exists()
        with self._path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            if is_new:
                writer.writerow([*self._columns, "problem"])
            writer.writerow([*(_text(row.cells.get(column)) for column in self._columns), problem])


class ProgressMark:
    """A file beside the imported one that says how many of its rows are done.

    Args:
        path: Of the imported file.
    """

    def __init__(self, path: str) -> None:
        self._file = Path(path)
        self._mark = Path(f"{path}.progress")

    def read(self) -> tuple[int, int]:
        """Return how many rows are done, and how many of these were refused; zeros without a mark.

        Raises:
            InvalidRequest: If the mark is of another file under the same name, or unreadable.
        """
        if not self._mark.exists():
            return 0, 0
        try:
            said = json.loads(self._mark.read_text(encoding="utf-8"))
            bytes_then, done, refused = (int(said[name]) for name in ("bytes", "rows", "refused"))
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise file_problem(str(self._mark), "must be what an import wrote: remove it to begin anew") from problem
        if bytes_then != self._file.stat().st_size:
            raise file_problem(str(self._file), f"must be the file that {self._mark} is of: remove that to begin anew")
        return done, refused

    def write(self, rows: int, refused: int) -> None:
        """Say how many rows are done; what was there stays whole until it is replaced."""
        new = self._mark.with_name(f"{self._mark.name}.new")
        said = {"bytes": self._file.stat().st_size, "rows": rows, "refused": refused}
        new.write_text(json.dumps(said), encoding="utf-8")
        new.replace(self._mark)

    def remove(self) -> None:
        """Remove it: everything is done."""
        self._mark.unlink(missing_ok=True)


def _text(cell: object) -> str:
    return "" if cell is None else str(cell)


def column_names(pairs: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield field and column of options like ``lead_id=customer``.

    Raises:
        ValueError: If one is none.
    """
    for pair in pairs:
        name, equals, column = pair.partition("=")
        if not (name and equals and column):
            raise ValueError(f"must be FIELD=COLUMN, not {pair!r}")
        yield name, column
