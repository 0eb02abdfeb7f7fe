"""What every kind of partial result kept by steps can do."""

from __future__ import annotations

from typing import Any, Protocol

from core.event import Event
from core.features.streams.fields import FieldValue

NO_STEP = -(2**62)
"""Older than any step."""


class Tiles(Protocol):
    """The partial results of one aggregate, by step, and the result of the steps within the window.

    The window begins with step ``first``; it moves with :meth:`slide`, forwards and backwards. Of a
    window that is all of history it is ``NO_STEP``.
    """

    def add(self, step: int, value: FieldValue, event: Event, /) -> None:
        """Take one event in; ``value`` is its field's, never None or ``""``, or None where no field is named."""

    def slide(self, first: int, /) -> None:
        """Let the window begin with the step ``first``."""

    def drop(self, oldest: int, /) -> None:
        """Forget the steps before ``oldest``; the window does not begin before it, now or later."""

    def value(self) -> Any:
        """Return what a reading holds. It is never changed afterwards."""

    def content(self) -> Any:
        """Return the partial results as plain lists of whole numbers and texts."""

    def restore(self, content: Any, /) -> None:
        """Take over what :meth:`content` gave; :meth:`slide` must follow."""
