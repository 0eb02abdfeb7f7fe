"""Rows as leads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar

from leadline.errors import InvalidRequest, Violation
from leadline.lead import AttributeValue, Lead, LeadOutcome, LeadWrite
from leadline.leadfile.mapping import LEAD_FIELDS, ColumnMapping
from leadline.leadfile.problem import file_problem, place
from leadline.leadfile.rows import Row, RowFile
from leadline.leadfile.values import is_flag, is_number, parse_flag, parse_number, parse_text, parse_time, shown

_ATTRIBUTES: Final = "attributes"
Value = TypeVar("Value")


class LeadRows:
    """Turns the rows of one file into leads.

    Args:
        file: As read. The type of a CSV attribute is that of all its cells: numbers, true/false, else text.
        mapping: What the columns mean.

    Raises:
        InvalidRequest: If a column is missing; names those that are there.
    """

    def __init__(self, file: RowFile, mapping: ColumnMapping) -> None:
        self._file = file
        self._mapping = mapping
        self._check_columns()
        self._readers = {column: self._attribute_reader(column) for column in self._attribute_columns()}

    def write(self, row: Row) -> LeadWrite:
        """Return a row as a lead with the outcome it states.

        Raises:
            InvalidRequest: Names every bad cell of the row.
        """
        if row.problem:
            raise file_problem(self._file.name, row.problem, row=row.number)
        cells = _Cells(self._file.name, row, self._mapping)
        lead = Lead(
            lead_id=cells.get("lead_id", parse_text, ""),
            title=cells.get("title", parse_text, ""),
            description=cells.get("description", parse_text, ""),
            category=cells.get("category", parse_text, ""),
            location_name=cells.get("location_name", parse_text, ""),
            price=cells.get("price", parse_number, None),
            email=cells.get("email", parse_text, ""),
            phone=cells.get("phone", parse_text, ""),
            posted_time=cells.get("posted_time", parse_time, None),
            owner_id=cells.get("owner_id", parse_text, ""),
            attributes=cells.attributes(self._readers),
        )
        outcome = cells.outcome()
        if not lead.lead_id:
            cells.refuse(self._mapping.column_of("lead_id"), "must not be empty")
        if cells.violations:
            raise InvalidRequest.of(cells.violations)
        return LeadWrite(lead=lead, outcome=outcome)

    def _check_columns(self) -> None:
        needed = self._mapping.named | {self._mapping.column_of("lead_id")}
        absent = sorted(needed - set(self._file.columns))
        if absent:
            rule = f"must have the column {', '.join(map(repr, absent))}; it has {', '.join(self._file.columns)}"
            raise file_problem(self._file.name, rule)

    def _attribute_columns(self) -> Iterable[str]:
        mapping = self._mapping
        taken = {mapping.column_of(name) for name in LEAD_FIELDS}
        taken |= {mapping.outcome_column, mapping.outcome_time_column}
        if self._file.typed:
            taken.add(_ATTRIBUTES)
        candidates = self._file.columns if mapping.include is None else mapping.include
        return [column for column in candidates if column not in taken and column not in mapping.exclude]

    def _attribute_reader(self, column: str) -> Callable[[object], AttributeValue]:
        if column in self._mapping.numeric:
            return parse_number
        if column in self._mapping.categorical:
            return parse_text
        if self._file.typed:
            return parse_scalar
        texts = [cell for row in self._file.rows if isinstance(cell := row.cells.get(column), str)]
        known = [text for text in texts if text not in self._mapping.missing]
        if all(map(is_number, known)):
            return parse_number
        return _flag_cell if all(map(is_flag, known)) else parse_text


def parse_scalar(cell: object) -> AttributeValue:
    """Return a JSON value as an attribute.

    Raises:
        ValueError: If it is a list or an object.
    """
    if isinstance(cell, (str, int, float)):
        return cell
    raise ValueError(f"must be a text, a number, true or false, not {shown(cell)}")


def _flag_cell(cell: object) -> bool:
    return parse_flag(parse_text(cell))


class _Cells:
    """The cells of one row, and what was wrong with them."""

    def __init__(self, name: str, row: Row, mapping: ColumnMapping) -> None:
        self._name = name
        self._row = row
        self._mapping = mapping
        self.violations: list[Violation] = []

    def get(self, field: str, parse: Callable[[object], Value], default: Value) -> Value:
        """Return a field of the lead, or ``default`` if it is missing or bad."""
        return self._read(self._mapping.column_of(field), parse, default)

    def attributes(self, readers: Mapping[str, Callable[[object], AttributeValue]]) -> dict[str, AttributeValue]:
        """Return the attributes that are not missing."""
        found = {column: self._read(column, parse, None) for column, parse in readers.items()}
        nested = self._row.cells.get(_ATTRIBUTES)
        if isinstance(nested, Mapping):
            found |= {name: self._parsed(f"{_ATTRIBUTES}.{name}", cell) for name, cell in nested.items()}
        elif nested is not None and _ATTRIBUTES not in readers:
            self.refuse(_ATTRIBUTES, "must be an object")
        return {name: value for name, value in found.items() if value is not None}

    def outcome(self) -> LeadOutcome | None:
        """Return the outcome, None where the row states none."""
        text = self._read(self._mapping.outcome_column, parse_text, None)
        if text is None:
            return None
        moment = self._read(self._mapping.outcome_time_column, parse_time, None)
        return LeadOutcome(converted=text.casefold() in self._mapping.positive, outcome_time=moment)

    def refuse(self, column: str, rule: str) -> None:
        """Note a broken rule."""
        where = place(self._name, row=self._row.number, column=column)
        self.violations.append(Violation(field=where, rule=rule))

    def _read(self, column: str, parse: Callable[[object], Value], default: Value) -> Value:
        cell = self._row.cells.get(column)
        if cell is None or (isinstance(cell, str) and cell in self._mapping.missing):
            return default
        try:
            return parse(cell)
        except (ValueError, OverflowError) as problem:
            self.refuse(column, str(problem))
            return default

    def _parsed(self, column: str, cell: object) -> AttributeValue:
        try:
            return None if cell is None else parse_scalar(cell)
        except ValueError as problem:
            self.refuse(column, str(problem))
            return None
