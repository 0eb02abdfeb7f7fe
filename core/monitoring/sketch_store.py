"""Where sketches of what was served are kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.identifiers import TenantId
from core.monitoring.sketch import Sketch

WINDOW = timedelta(hours=1)
"""Length of what one sketch sums up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SketchKey:
    """What a sketch is of."""

    tenant: TenantId
    kind: str
    version: str
    window_start: datetime
    """A full hour in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedSketch:
    """A sketch with what it is of."""

    key: SketchKey
    sketch: Sketch


class SketchStore(Protocol):
    """Keeps sketches. A call that returns has committed."""

    def write(self, process_id: str, sketches: Sequence[KeyedSketch], now: datetime) -> None:
        """Keep what a process served so far in some hours; what it wrote of them before is replaced."""

    def read(self, tenant: TenantId, kind: str, version: str, start: datetime, end: datetime) -> Iterator[KeyedSketch]:
        """Yield the sketches of every process whose hour begins at or after ``start`` and before ``end``, in order."""

    def prune(self, tenant: TenantId, before: datetime) -> int:
        """Forget hours that began before a moment; return how many rows went."""
