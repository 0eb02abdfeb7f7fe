"""Collects what is wrong with a file, so that a person can correct it in one go."""

from __future__ import annotations

from core.errors import InvalidInput, Violation

MAX_LISTED = 20


class Problems:
    """What is wrong with one file, in the order it was found.

    Args:
        source: Name of the file, put in front of every place.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self._found: list[Violation] = []
        self._more = 0

    def add(self, rule: str, *, place: str = "", column: str = "") -> None:
        """Note a broken rule at a place ("line 17") and column; the first 20 are kept, the rest is counted."""
        if len(self._found) == MAX_LISTED:
            self._more += 1
            return
        parts = (self.source, place, f"column {column!r}" if column else "")
        self._found.append(Violation(field=", ".join(part for part in parts if part), rule=rule))

    def check(self) -> None:
        """Go on only if nothing is wrong.

        Raises:
            InvalidInput: With every noted problem.
        """
        if not self._found:
            return
        if self._more:
            rest = Violation(field=self.source, rule=f"must be corrected in {self._more:,} more places")
            raise InvalidInput([*self._found, rest])
        raise InvalidInput(self._found)

    def stop(self, rule: str, *, place: str = "", column: str = "") -> InvalidInput:
        """Return the error for a problem that makes reading on pointless, with all noted before it."""
        self._found = self._found[: MAX_LISTED - 1]
        self.add(rule, place=place, column=column)
        return InvalidInput(self._found)
