"""Gathers what is wrong with an input, so that all of it is told at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from core.errors import InvalidInput, Violation

T = TypeVar("T")


class Problems:
    """What was found so far."""

    def __init__(self) -> None:
        self.found: list[Violation] = []

    def of(self, check: Callable[[], T], otherwise: T) -> T:
        """Return what a check returns, or ``otherwise`` if it found something."""
        try:
            return check()
        except InvalidInput as problem:
            self.found.extend(problem.violations)
            return otherwise

    def raise_found(self) -> None:
        """Do nothing if nothing was found.

        Raises:
            InvalidInput: With all that was.
        """
        if self.found:
            raise InvalidInput(self.found)
