"""A file as columns of text, before anything is understood."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Columns of one length. An empty text is a cell without a value."""

    columns: Mapping[str, Sequence[str]]
    """Name to texts, without spaces around them, in the order of the file."""
    lines: Sequence[int]
    """Where each row starts: the header of a CSV file is line 1, the first row of a Parquet file is row 1."""
    unit: str
    """How places are named: ``line`` or ``row``."""

    def place(self, position: int) -> str:
        """Return where a row is in the file, as a person looks for it."""
        return f"{self.unit} {self.lines[position]}"

    def keep(self, positions: Sequence[int]) -> Grid:
        """Return the rows at these positions, in this order."""
        if len(positions) == len(self.lines):
            return self
        columns = {name: [texts[i] for i in positions] for name, texts in self.columns.items()}
        return Grid(columns=columns, lines=[self.lines[i] for i in positions], unit=self.unit)


def shared(texts: Iterable[str]) -> list[str]:
    """Strip texts and let equal ones be one object: columns repeat themselves, and memory is what limits a file."""
    seen: dict[str, str] = {}
    return [seen.setdefault(text, text) for text in map(str.strip, texts)]
