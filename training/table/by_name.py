"""The mapping of a file whose columns are named like the fields of a lead."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from core.errors import InvalidInput
from training.table.mapping import LeadField, LeadMapping, OutcomeRule
from training.table.problems import Problems
from training.table.reading import read_grid


def mapping_by_name(path: Path, outcome: str | None) -> LeadMapping:
    """Return the mapping for a file without a mapping file: columns that are named like fields are those fields.

    Args:
        path: The lead file; only its header matters.
        outcome: The column that says whether a lead converted.

    Raises:
        InvalidInput: If there is no ``outcome``, or the file cannot be read.
    """
    if not outcome:
        raise InvalidInput.of("--outcome", "must name the column that says whether a lead converted, or give --mapping")
    columns = read_grid(path, Problems(path.name)).columns
    fields: dict[LeadField, tuple[str, ...]] = {name: (name,) for name in get_args(LeadField) if name in columns}
    return LeadMapping(outcome=OutcomeRule(column=outcome), fields=fields)
