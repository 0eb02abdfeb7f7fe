"""Makes leads of rows, and names the column and line of what cannot be one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from core.errors import InvalidInput
from core.identifiers import LeadId
from core.lead import Lead
from training.table.attributes import AttributeColumn
from training.table.cells import parse_column, parse_number
from training.table.grid import Grid
from training.table.mapping import JOINS, LeadField, LeadMapping
from training.table.problems import Problems

_TEXT_FIELDS: tuple[LeadField, ...] = (
    "title",
    "description",
    "category",
    "location_name",
    "email",
    "phone",
    "owner_id",
)


def make_leads(
    grid: Grid,
    mapping: LeadMapping,
    posted: Sequence[datetime | None],
    attributes: Sequence[AttributeColumn],
    problems: Problems,
) -> tuple[Lead, ...]:
    """Build the lead of each row. Notes what is wrong, with line and column; then the result is short."""
    ids = _ids(grid, mapping, problems)
    texts = {name: _joined(grid, mapping, name) for name in _TEXT_FIELDS}
    prices = _prices(grid, mapping, problems)
    named = [(column.name, column.values) for column in attributes]

    def build(i: int) -> Lead:
        return Lead(
            lead_id=LeadId(ids[i]),
            title=texts["title"][i],
            description=texts["description"][i],
            category=texts["category"][i],
            location_name=texts["location_name"][i],
            price=prices[i],
            email=texts["email"][i],
            phone=texts["phone"][i],
            posted_time=posted[i],
            owner_id=texts["owner_id"][i],
            attributes={name: value for name, values in named if (value := values[i]) is not None},
        )

    return _built(build, grid, mapping, problems)


def _built(build: Callable[[int], Lead], grid: Grid, mapping: LeadMapping, problems: Problems) -> tuple[Lead, ...]:
    leads: list[Lead] = []
    for i in range(len(grid.lines)):
        try:
            leads.append(build(i))
        except InvalidInput as error:
            for violation in error.violations:
                # Attributes were looked at as columns, and what is wrong with them is noted already.
                if not violation.field.startswith("attributes"):
                    problems.add(violation.rule, place=grid.place(i), column=_column(mapping, violation.field))
    return tuple(leads)


def _column(mapping: LeadMapping, field: str) -> str:
    for name, columns in mapping.fields.items():
        if name == field:
            return JOINS.get(name, "").join(columns)
    return field


def _ids(grid: Grid, mapping: LeadMapping, problems: Problems) -> Sequence[str]:
    columns = mapping.fields.get("lead_id")
    if columns is None:
        return [f"row-{line}" for line in grid.lines]
    ids = grid.columns[columns[0]]
    first: dict[str, int] = {}
    for position, lead_id in enumerate(ids):
        earlier = first.setdefault(lead_id, position)
        if earlier != position and lead_id:
            rule = f"must be one lead's only, but has the id of {grid.place(earlier)}"
            problems.add(rule, place=grid.place(position), column=columns[0])
    return ids


def _joined(grid: Grid, mapping: LeadMapping, name: LeadField) -> Sequence[str]:
    columns = [_filled(grid.columns[column], mapping) for column in mapping.fields.get(name, ())]
    if not columns:
        return [""] * len(grid.lines)
    if len(columns) == 1:
        return columns[0]
    separator = JOINS[name]
    return [separator.join(filter(None, parts)) for parts in zip(*columns, strict=True)]


def _filled(texts: Sequence[str], mapping: LeadMapping) -> list[str]:
    return ["" if text in mapping.missing else text for text in texts]


def _prices(grid: Grid, mapping: LeadMapping, problems: Problems) -> Sequence[float | None]:
    columns = mapping.fields.get("price")
    if columns is None:
        return [None] * len(grid.lines)
    texts = _filled(grid.columns[columns[0]], mapping)
    prices = parse_column(texts, parse_number)
    for position, (text, price) in enumerate(zip(texts, prices, strict=True)):
        if text and price is None:
            problems.add("must be a number", place=grid.place(position), column=columns[0])
    return prices
