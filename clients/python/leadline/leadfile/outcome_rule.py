"""How a row says what became of its lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from leadline.leadfile.values import is_number, parse_number, parse_text

DEFAULT_POSITIVE: Final = frozenset(["1", "yes", "true", "y", "won", "converted"])


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRule:
    """Read as the trainer reads it."""

    column: str = "converted"
    positive: frozenset[str] = DEFAULT_POSITIVE
    """Cells that mean "converted", without regard to case; ``1.0`` equals ``1``."""
    negative: frozenset[str] | None = None
    """Cells that mean "did not"; None means every other one. With it, other cells say nothing."""
    at_least: float | None = None
    """Converted if the number is at least this; then ``positive`` and ``negative`` are not looked at."""
    missing_is_negative: bool = False
    """Whether an empty cell means "did not"; otherwise it says nothing."""
    time_column: str = "outcome_time"

    def converted(self, cell: object) -> bool | None:
        """Return whether a cell that is not empty says that the lead converted; None if it says nothing.

        Raises:
            ValueError: If it must be a number and is none.
        """
        if self.at_least is not None:
            return parse_number(cell) >= self.at_least
        value = comparable(parse_text(cell))
        if value in map(comparable, self.positive):
            return True
        return False if self.negative is None or value in map(comparable, self.negative) else None


def comparable(text: str) -> str:
    """Return a text without differences that mean nothing: case, spaces, and the fraction of a whole number."""
    if is_number(text) and float(text).is_integer():
        return str(int(float(text)))
    return " ".join(text.casefold().split())
