"""The cells of one row, and what was wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from leadline.errors import Violation
from leadline.lead import LeadOutcome
from leadline.leadfile.mapping import JOINS, ColumnMapping
from leadline.leadfile.outcome_rule import OutcomeRule
from leadline.leadfile.problem import place
from leadline.leadfile.rows import Row
from leadline.leadfile.values import parse_text

Value = TypeVar("Value")


class Cells:
    """Reads cells; a bad one is noted in ``violations`` and read as missing.

    Args:
        name: Of the file.
        row: The row.
        mapping: What its columns mean.
    """

    def __init__(self, name: str, row: Row, mapping: ColumnMapping) -> None:
        self._name = name
        self._row = row
        self._mapping = mapping
        self.violations: list[Violation] = []

    def text(self, field: str) -> str:
        """Return a text field of the lead, of all its columns, empty if it is missing."""
        columns = self._mapping.fields.get(field, ())
        parts = [self.read(column, self._row.cells.get(column), parse_text) for column in columns]
        return JOINS.get(field, "").join(part for part in parts if part)

    def value(self, field: str, parse: Callable[[object], Value]) -> Value | None:
        """Return another field of the lead, None if it is missing."""
        for column in self._mapping.fields.get(field, ()):
            return self.read(column, self._row.cells.get(column), parse)
        return None

    def outcome(self, rule: OutcomeRule, parse_time: Callable[[object], datetime]) -> LeadOutcome | None:
        """Return the outcome, None where the row states none."""
        if rule.column not in self._row.cells:
            return None
        cell = self._row.cells[rule.column]
        if self._is_missing(cell):
            converted = False if rule.missing_is_negative else None
        else:
            converted = self.read(rule.column, cell, rule.converted)
        if converted is None:
            return None
        moment = self.read(rule.time_column, self._row.cells.get(rule.time_column), parse_time)
        return LeadOutcome(converted=converted, outcome_time=moment)

    def read(self, column: str, cell: object, parse: Callable[[object], Value]) -> Value | None:
        """Return a cell as a value, None if it is missing or bad."""
        if self._is_missing(cell):
            return None
        try:
            return parse(cell)
        except (ValueError, OverflowError) as problem:
            self.refuse(column, str(problem))
            return None

    def refuse(self, column: str, rule: str) -> None:
        """Note a broken rule."""
        where = place(self._name, row=self._row.number, column=column)
        self.violations.append(Violation(field=where, rule=rule))

    def _is_missing(self, cell: object) -> bool:
        return cell is None or (isinstance(cell, str) and cell in self._mapping.missing)
