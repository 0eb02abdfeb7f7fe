"""Rows as leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from leadline.errors import InvalidRequest
from leadline.lead import AttributeValue, Lead, LeadWrite
from leadline.leadfile.cells import Cells
from leadline.leadfile.mapping import ColumnMapping
from leadline.leadfile.problem import file_problem
from leadline.leadfile.rows import Row, RowFile
from leadline.leadfile.values import is_number, parse_number, parse_scalar, parse_text, parse_time

ATTRIBUTES: Final = "attributes"
"""In JSON, the key that may hold attributes as an object of their own."""


class LeadRows:
    """Turns the rows of one file into leads.

    Args:
        file: As read. A CSV attribute is a number if all its cells in the file are, as for the trainer.
        mapping: What the columns mean.

    Raises:
        InvalidRequest: If a column is missing; names those that are there.
    """

    def __init__(self, file: RowFile, mapping: ColumnMapping) -> None:
        self._file = file
        self._mapping = mapping
        self._parse_time = partial(parse_time, date_format=mapping.date_format)
        absent = sorted(mapping.needed_columns() - set(file.columns))
        if absent:
            rule = f"must have the column {', '.join(map(repr, absent))}; it has {', '.join(file.columns)}"
            raise file_problem(file.name, rule)
        self._readers = {
            column: self._attribute_reader(column) for column in file.columns if self._is_attribute(column)
        }

    def write(self, row: Row) -> LeadWrite:
        """Return a row as a lead with the outcome it states.

        Raises:
            InvalidRequest: Names every bad cell of the row.
        """
        if row.problem:
            raise file_problem(self._file.name, row.problem, row=row.number)
        cells = Cells(self._file.name, row, self._mapping)
        lead = Lead(
            lead_id=cells.text("lead_id"),
            title=cells.text("title"),
            description=cells.text("description"),
            category=cells.text("category"),
            location_name=cells.text("location_name"),
            price=cells.value("price", parse_number),
            email=cells.text("email"),
            phone=cells.text("phone"),
            posted_time=cells.value("posted_time", self._parse_time),
            owner_id=cells.text("owner_id"),
            attributes=self._attributes(row, cells),
        )
        outcome = cells.outcome(self._mapping.outcome, self._parse_time)
        if not lead.lead_id:
            cells.refuse(self._mapping.fields["lead_id"][0], "must not be empty")
        if cells.violations:
            raise InvalidRequest.of(cells.violations)
        return LeadWrite(lead=lead, outcome=outcome)

    def _is_attribute(self, column: str) -> bool:
        return self._mapping.is_attribute(column) and not (self._file.typed and column == ATTRIBUTES)

    def _attribute_reader(self, column: str) -> Callable[[object], AttributeValue]:
        if column in self._mapping.numeric:
            return parse_number
        if self._file.typed:
            return parse_scalar
        texts = {cell for row in self._file.rows if isinstance(cell := row.cells.get(column), str)}
        return parse_number if all(map(is_number, texts - self._mapping.missing)) else parse_text

    def _attributes(self, row: Row, cells: Cells) -> dict[str, AttributeValue]:
        found = {column: cells.read(column, row.cells.get(column), parse) for column, parse in self._readers.items()}
        nested = row.cells.get(ATTRIBUTES) if self._file.typed else None
        if isinstance(nested, Mapping):
            found |= {name: cells.read(f"{ATTRIBUTES}.{name}", cell, parse_scalar) for name, cell in nested.items()}
        elif nested is not None:
            cells.refuse(ATTRIBUTES, "must be an object")
        return {name: value for name, value in found.items() if value is not None}
