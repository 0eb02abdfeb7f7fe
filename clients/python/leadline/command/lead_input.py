"""Reads the leads of a file for a command: the good rows, and what is wrong with the others."""

from __future__ import annotations

from dataclasses import dataclass

import click

from leadline.errors import InvalidRequest
from leadline.lead import LeadWrite
from leadline.leadfile.lead_rows import LeadRows
from leadline.leadfile.mapping import mapping_by_name
from leadline.leadfile.mapping_file import read_mapping
from leadline.leadfile.reading import read_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodRow:
    """A row that is a lead."""

    number: int
    write: LeadWrite


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that is none."""

    number: int
    lead_id: str
    error: InvalidRequest


def read_lead_rows(path: str, mapping_path: str | None) -> tuple[list[GoodRow], list[BadRow]]:
    """Read a file.

    Args:
        path: Of the file, "-" for standard input.
        mapping_path: Of the mapping, None if the columns are named like the fields.

    Raises:
        InvalidRequest: If the file or the mapping cannot be used at all.
    """
    file = read_rows(path)
    mapping = read_mapping(mapping_path) if mapping_path else mapping_by_name(file.columns)
    leads = LeadRows(file, mapping)
    good: list[GoodRow] = []
    bad: list[BadRow] = []
    for row in file.rows:
        try:
            good.append(GoodRow(number=row.number, write=leads.write(row)))
        except InvalidRequest as problem:
            lead_id = str(row.cells.get(mapping.fields["lead_id"][0]) or "")
            bad.append(BadRow(number=row.number, lead_id=lead_id, error=problem))
    return good, bad


def report_rows(messages: list[str], most: int = 20) -> None:
    """Print what is wrong with rows on stderr, at most ``most`` lines of it."""
    for message in messages[:most]:
        click.echo(message, err=True)
    if len(messages) > most:
        click.echo(f"and {len(messages) - most:,} more", err=True)
