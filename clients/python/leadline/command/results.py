"""The results of a batch: as a table, CSV or JSON."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

from leadline.command.encoding import error_object, line, plain
from leadline.command.screen import bar, console, safe, table
from leadline.errors import LeadlineError
from leadline.leadfile.problem import place
from leadline.score import LeadError, Score

SUFFIXES: Final = (".csv", ".json", ".jsonl")
COLUMNS: Final = (
    "row",
    "lead_id",
    "score",
    "probability",
    "interval_lower",
    "interval_upper",
    "confidence",
    "model_version",
    "source",
    "score_time",
    "attribution_token",
    "reasons",
    "error",
)
_IN_CALL: Final = re.compile(r"\bleads\[\d+\]\.?")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """The result for one row: a score or an error."""

    row: int
    lead_id: str
    score: Score | None
    error: LeadlineError | None


def row_result(number: int, result: Score | LeadError) -> RowResult:
    """Return what the client answered as the result of a row."""
    if isinstance(result, LeadError):
        return RowResult(row=number, lead_id=result.lead_id, score=None, error=result.error)
    return RowResult(row=number, lead_id=result.lead_id, score=result, error=None)


def error_text(result: RowResult) -> str:
    """Return what is wrong with a row; the place of its lead in the call says nothing to who sees the row."""
    return "" if result.error is None else _IN_CALL.sub("", result.error.message)


def row_message(file: str, result: RowResult) -> str:
    """Return what is wrong with a row, with its place."""
    message = error_text(result)
    where = place(file, row=result.row)
    return message if message.startswith(where) else f"{where}: {message}"


def as_json(result: RowResult) -> dict[str, Any]:
    """Return a result as a JSON object: the score with its row, or ``lead_id`` and ``error``."""
    if result.score is not None:
        return {"row": result.row, **plain(result.score)}
    return {"row": result.row, "lead_id": result.lead_id, "error": error_object(result.error) if result.error else None}


def write_file(results: Sequence[RowResult], output: Path) -> None:
    """Write results in the format of the suffix.

    Raises:
        OSError: If that is not possible.
    """
    with output.open("w", encoding="utf-8", newline="") as file:
        if output.suffix.lower() == ".csv":
            write_csv(results, file)
        elif output.suffix.lower() == ".json":
            json.dump([as_json(result) for result in results], file, indent=2)
        else:
            file.writelines(f"{line(as_json(result))}\n" for result in results)


def write_csv(results: Sequence[RowResult], file: TextIO) -> None:
    """Write results as CSV with a header."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(_csv_row, results))


def show(results: Sequence[RowResult]) -> None:
    """Print results: a table on a terminal, CSV for a program."""
    screen = console()
    if not screen.is_terminal:
        write_csv(results, sys.stdout)
        return
    rows = []
    for result in results:
        if result.score is None:
            rows.append((str(result.row), result.lead_id, "", safe(error_text(result), "red"), ""))
        else:
            found = result.score
            rows.append(
                (str(result.row), found.lead_id, f"{found.score:.1f}", bar(found.score), f"{found.confidence:.2f}")
            )
    screen.print(table(("Row", "Lead", "Score", "", "Confidence"), rows, right=("Row", "Score", "Confidence")))


def _csv_row(result: RowResult) -> list[object]:
    found = result.score
    if found is None:
        return [result.row, result.lead_id, *[""] * (len(COLUMNS) - 3), error_text(result)]
    ends = (found.interval.lower, found.interval.upper) if found.interval else ("", "")
    reasons = "; ".join(f"{c.feature} ({c.value_text}) {c.points:+.1f}" for c in found.contributions)
    return [
        *(result.row, found.lead_id, found.score, found.probability, *ends, found.confidence),
        *(found.model_version, found.source.value, plain(found.score_time), found.attribution_token, reasons, ""),
    ]
