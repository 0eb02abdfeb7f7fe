"""Rows as items."""

from __future__ import annotations

from typing import Final

from leadline.errors import InvalidRequest
from leadline.item import Item
from leadline.lead import AttributeValue
from leadline.leadfile.cells import Cells
from leadline.leadfile.mapping import ColumnMapping
from leadline.leadfile.problem import file_problem
from leadline.leadfile.rows import Row, RowFile
from leadline.leadfile.values import is_number, parse_number, parse_scalar, parse_text

ITEM_FIELDS: Final = (
    "item_id",
    "title",
    "description",
    "item_type",
    "location_name",
    "price",
    "is_unavailable",
)
_FLAGS: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}
_ATTRIBUTES: Final = "attributes"


class ItemRows:
    """Turns the rows of one file into items; columns are named like the fields, others are attributes.

    Args:
        file: As read. A CSV attribute is a number if all its cells in the file are.

    Raises:
        InvalidRequest: If the column ``item_id`` is missing.
    """

    def __init__(self, file: RowFile) -> None:
        if "item_id" not in file.columns:
            raise file_problem(file.name, f"must have the column 'item_id'; it has {', '.join(file.columns)}")
        self._file = file
        self._mapping = ColumnMapping(fields={name: (name,) for name in ITEM_FIELDS if name in file.columns})
        self._others = [name for name in file.columns if name not in (*ITEM_FIELDS, _ATTRIBUTES)]
        self._numeric = frozenset() if file.typed else frozenset(filter(self._is_numeric, self._others))

    def item(self, row: Row) -> Item:
        """Return a row as an item.

        Raises:
            InvalidRequest: Names every bad cell of the row.
        """
        if row.problem:
            raise file_problem(self._file.name, row.problem, row=row.number)
        cells = Cells(self._file.name, row, self._mapping)
        item = Item(
            item_id=cells.text("item_id"),
            title=cells.text("title"),
            description=cells.text("description"),
            item_type=cells.text("item_type"),
            location_name=cells.text("location_name"),
            price=cells.value("price", parse_number),
            is_unavailable=cells.value("is_unavailable", _flag) or False,
            attributes=self._attributes(row, cells),
        )
        if not item.item_id:
            cells.refuse("item_id", "must not be empty")
        if cells.violations:
            raise InvalidRequest.of(cells.violations)
        return item

    def _is_numeric(self, column: str) -> bool:
        texts = {cell for row in self._file.rows if isinstance(cell := row.cells.get(column), str)}
        return all(map(is_number, texts - self._mapping.missing))

    def _attributes(self, row: Row, cells: Cells) -> dict[str, AttributeValue]:
        found: dict[str, AttributeValue] = {}
        for name in self._others:
            parse = parse_number if name in self._numeric else parse_scalar if self._file.typed else parse_text
            found[name] = cells.read(name, row.cells.get(name), parse)
        nested = row.cells.get(_ATTRIBUTES)
        if isinstance(nested, dict):
            found |= {name: cells.read(f"{_ATTRIBUTES}.{name}", cell, parse_scalar) for name, cell in nested.items()}
        elif nested not in (None, ""):
            cells.refuse(_ATTRIBUTES, "must be an object")
        return {name: value for name, value in found.items() if value is not None}


def _flag(cell: object) -> bool:
    if isinstance(cell, bool):
        return cell
    found = _FLAGS.get(str(cell).strip().lower())
    if found is None:
        raise ValueError("must be true or false")
    return found
