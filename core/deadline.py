"""When the work of a call must end. Whoever takes the call sets it; loops and adapters below read it."""

from __future__ import annotations

import time
from contextvars import ContextVar, Token
from datetime import timedelta

from core.errors import DeadlineSpent

_deadline: ContextVar[float | None] = ContextVar("leadline_deadline", default=None)
MARGIN_SECONDS = 0.05
"""Of a call's time, for telling its caller that it was in vain before the caller's own clock does."""


def set_deadline(monotonic_seconds: float | None) -> Token[float | None]:
    """Say when the work of this context must end.

    Args:
        monotonic_seconds: A moment of :func:`time.monotonic`; None for no deadline.

    Returns:
        What :func:`clear_deadline` takes. A call that has a context of its own needs no clearing.
    """
    return _deadline.set(monotonic_seconds)


def clear_deadline(token: Token[float | None]) -> None:
    """Put back the deadline that held before :func:`set_deadline`."""
    _deadline.reset(token)


def time_left() -> timedelta | None:
    """Return how long the work may still take, never below zero; None where nobody set a deadline."""
    deadline = _deadline.get()
    return None if deadline is None else timedelta(seconds=max(0.0, deadline - time.monotonic()))


def check() -> None:
    """Do nothing while there is time.

    Raises:
        DeadlineSpent: If the deadline passed.
    """
    deadline = _deadline.get()
    if deadline is not None and time.monotonic() >= deadline:
        raise DeadlineSpent("the deadline passed before the work was done")
