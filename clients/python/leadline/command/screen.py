"""What people see: tables, bars and colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_PIPE_WIDTH: Final = 240
"""Columns when the output is no terminal, so that nothing is cut."""
_BAR_CELLS: Final = 30
_GOOD: Final = 66.0
_FAIR: Final = 33.0
_CONTROLS: Final = dict.fromkeys(
    (*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "�"
)
"""Control characters, and those that turn the direction of what follows."""


def console() -> Console:
    """Return the standard output."""
    screen = Console(highlight=False)
    return screen if screen.is_terminal else Console(highlight=False, width=_PIPE_WIDTH)


def safe(text: str, style: str = "") -> Text:
    """Return text of somebody else: no markup, and no control characters that would steer the terminal."""
    return Text(text.translate(_CONTROLS), style=style)


def table(columns: Sequence[str], rows: Iterable[Sequence[str | Text]], *, right: Sequence[str] = ()) -> Table:
    """Return a plain table.

    Args:
        columns: Their names; without any, no header is shown.
        rows: One cell for each column.
        right: The columns to align right.
    """
    result = Table(box=None, pad_edge=False, header_style="bold", show_header=any(columns))
    for column in columns:
        result.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        result.add_row(*(cell if isinstance(cell, Text) else safe(cell) for cell in row))
    return result


def indented(text: Text) -> Padding:
    """Return a text three columns to the right, the lines it is broken into too."""
    return Padding(text, (0, 0, 0, 3), expand=False)


def bar(score: float) -> Text:
    """Return a score as a bar, from red to green."""
    filled = round(min(max(score, 0.0), 100.0) / 100.0 * _BAR_CELLS)
    return Text("█" * filled + "░" * (_BAR_CELLS - filled), style=score_style(score))


def score_style(score: float) -> str:
    """Return the colour of a score in [0, 100]."""
    if score >= _GOOD:
        return "green"
    return "yellow" if score >= _FAIR else "red"


def points(value: float) -> Text:
    """Return signed points."""
    return Text(f"{value:+.1f}", style="green" if value >= 0 else "red")


def moment(value: datetime | None) -> str:
    """Return a time to the second, empty for None."""
    return "" if value is None else f"{value:%Y-%m-%d %H:%M:%S}Z"
