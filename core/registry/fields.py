"""Reads the fields of one JSON object strictly: right names, right types, right ranges."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime

from core.errors import InvalidInput
from core.identifiers import VersionName, check_identifier

_is_sha256 = re.compile(r"[0-9a-f]{64}").fullmatch
_is_file_name = re.compile(r"[A-Za-z0-9_\-][A-Za-z0-9_.\-]{0,99}").fullmatch
_MAX_COUNT = 2**53
"""Above this a JSON number is no longer exact everywhere."""


class Problem(ValueError):
    """A field is not as it must be; the message says which and how."""


class FieldReader:
    """Reads one JSON object.

    Args:
        content: What the JSON parser returned.
        place: Where the object stands, for messages.
        names: The fields it must have, no more and no fewer.

    Raises:
        Problem: If it is not an object with exactly these fields; from every method if its field is wrong.
    """

    def __init__(self, content: object, place: str, names: set[str]) -> None:
        if not isinstance(content, dict):
            raise Problem(f"{place} must be an object")
        wrong = sorted(names ^ content.keys())
        if wrong:
            state = "is missing" if wrong[0] in names else "is not known"
            raise Problem(f"{place}: the field {wrong[0][:100]!r} {state}")
        self._content: Mapping[str, object] = content
        self._place = place

    def text(self, name: str) -> str:
        """Return a text."""
        value = self._content[name]
        if not isinstance(value, str):
            raise self._problem(name, "must be a text")
        return value

    def identifier(self, name: str) -> str:
        """Return a text in the form of an id."""
        value = self.text(name)
        try:
            return check_identifier(value, name)
        except InvalidInput as error:
            raise self._problem(name, error.violations[0].rule) from error

    def version(self, name: str) -> VersionName:
        """Return the name of a version."""
        return VersionName(self.identifier(name))

    def versions(self, name: str) -> tuple[VersionName, ...]:
        """Return a list of names of versions."""
        named = {str(i): value for i, value in enumerate(self.rows(name))}
        reader = FieldReader(named, f"{self._place}.{name}", set(named))
        return tuple(reader.version(key) for key in named)

    def file_name(self, name: str) -> str:
        """Return the plain name of a file, without a path."""
        value = self.text(name)
        if _is_file_name(value) is None:
            raise self._problem(name, "must be a plain file name")
        return value

    def sha256(self, name: str) -> str:
        """Return a SHA-256, 64 lower-case hexadecimal digits."""
        value = self.text(name)
        if _is_sha256(value) is None:
            raise self._problem(name, "must be 64 lower-case hexadecimal digits")
        return value

    def count(self, name: str) -> int:
        """Return a whole number that is not negative."""
        value = self._content[name]
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MAX_COUNT:
            raise self._problem(name, "must be a whole number that is not negative")
        return value

    def number(self, name: str) -> float:
        """Return a finite number."""
        value = self._content[name]
        if not isinstance(value, int | float) or isinstance(value, bool) or not _is_finite(value):
            raise self._problem(name, "must be a finite number")
        return value

    def optional_number(self, name: str) -> float | None:
        """Return a finite number or None."""
        return None if self._content[name] is None else self.number(name)

    def numbers(self, name: str, count: int) -> tuple[float, ...]:
        """Return a list of ``count`` finite numbers."""
        values = self.rows(name)
        if len(values) != count or not all(_is_finite_number(value) for value in values):
            raise self._problem(name, f"must be a list of {count} finite numbers")
        return tuple(float(value) for value in values if isinstance(value, int | float))

    def flag(self, name: str) -> bool:
        """Return true or false."""
        value = self._content[name]
        if not isinstance(value, bool):
            raise self._problem(name, "must be true or false")
        return value

    def share(self, name: str) -> float:
        """Return a number in [0, 1]."""
        value = self.number(name)
        if not 0.0 <= value <= 1.0:
            raise self._problem(name, "must be between 0 and 1")
        return value

    def time(self, name: str) -> datetime:
        """Return an aware moment."""
        value = self.text(name)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise self._problem(name, "must be a time in ISO 8601") from error
        if moment.tzinfo is None:
            raise self._problem(name, "must name its offset from UTC")
        return moment

    def optional_time(self, name: str) -> datetime | None:
        """Return an aware moment or None."""
        return None if self._content[name] is None else self.time(name)

    def rows(self, name: str) -> list[object]:
        """Return a list."""
        value = self._content[name]
        if not isinstance(value, list):
            raise self._problem(name, "must be a list")
        return value

    def parameters(self, name: str) -> Mapping[str, str | int | float | bool]:
        """Return an object of texts, finite numbers and flags."""
        value = self._content[name]
        if not isinstance(value, dict):
            raise self._problem(name, "must be an object")
        if not all(isinstance(item, str | bool) or _is_finite_number(item) for item in value.values()):
            raise self._problem(name, "must hold texts, finite numbers and flags only")
        return value

    def _problem(self, name: str, rule: str) -> Problem:
        return Problem(f"{self._place}.{name} {rule}")


def _is_finite_number(value: object) -> bool:
    return isinstance(value, int | float) and _is_finite(value)


def _is_finite(value: float) -> bool:
    # A whole number beyond the range of a float is finite, but no float can hold it.
    return abs(value) <= _MAX_COUNT if isinstance(value, int) else math.isfinite(value)
