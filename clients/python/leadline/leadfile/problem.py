"""What is wrong with a file, said so that its author finds the place."""

from __future__ import annotations

from leadline.errors import InvalidRequest, Violation


def file_problem(name: str, rule: str, *, row: int | None = None, column: str = "") -> InvalidRequest:
    """Return the error of a file, a row of it or a cell.

    Args:
        name: Of the file.
        rule: What must hold, beginning with "must".
        row: Counted as a spreadsheet counts, so the header is 1; None for the whole file.
        column: Empty for a whole row.
    """
    return InvalidRequest.of([Violation(field=place(name, row=row, column=column), rule=rule)])


def place(name: str, *, row: int | None = None, column: str = "") -> str:
    """Return a place in words, for example ``leads.csv row 17, column price``."""
    where = name if row is None else f"{name} row {row}"
    return f"{where}, column {column}" if column else where
