"""A progress bar on stderr, where stderr is a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class Advance(Protocol):
    """Moves the bar."""

    def __call__(self, count: int = 1) -> None:
        """Move by ``count`` leads."""


@contextmanager
def progress(words: str, total: int) -> Iterator[Advance]:
    """Show a bar while the block runs.

    Args:
        words: What is being done.
        total: Number of leads.
    """
    screen = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as display:
        task = display.add_task(words, total=total)

        def advance(count: int = 1) -> None:
            display.advance(task, count)

        yield advance
