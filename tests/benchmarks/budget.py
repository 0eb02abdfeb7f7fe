"""What a figure should be, and whether it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MET, REACHED, MISSED = "met", "met, reach too", "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Bounds of one figure. With a rising figure more is better, else less is."""

    must: float
    reach: float
    rising: bool

    def verdict(self, value: float) -> str:
        """Return whether ``value`` keeps the budget, and what it should reach; NaN keeps nothing."""
        if self._holds(value, self.reach):
            return REACHED
        return MET if self._holds(value, self.must) else MISSED

    def _holds(self, value: float, bound: float) -> bool:
        return value >= bound if self.rising else value <= bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table of budgets."""

    name: str
    budget: str
    reach: str
    figure: str
    """What was measured, in its own unit."""
    ratio: str
    """What the budget is about, with the least and the most of the rounds."""
    verdict: str


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; the first column is text, the others are set to the right."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, rule, *rows)) + "\n"


def plain_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table for a terminal, columns padded to their widest cell."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (header, *rows)]
    return "\n".join(line.rstrip() for line in lines) + "\n"
