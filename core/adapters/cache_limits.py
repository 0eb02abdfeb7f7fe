"""How much a cache may keep, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core.errors import InvalidInput, Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheLimits:
    """Bounds of one cache.

    Raises:
        InvalidInput: If one of them is not above zero.
    """

    subjects: int = 10_000
    """Most subjects with values."""
    total_bytes: int = 16 * 1024 * 1024
    """Most bytes of all values and their keys."""
    value_bytes: int = 64 * 1024
    """A larger value is not kept."""
    lifetime: timedelta = timedelta(hours=1)

    def __post_init__(self) -> None:
        whole = ("subjects", "total_bytes", "value_bytes")
        wrong = [name for name in whole if getattr(self, name) < 1]
        if self.lifetime <= timedelta(0):
            wrong.append("lifetime")
        if wrong:
            raise InvalidInput([Violation(field=name, rule="must be above zero") for name in wrong])
