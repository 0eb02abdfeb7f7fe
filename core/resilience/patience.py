"""Leaves part of a call's time for what is done when a dependency does not answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from core.deadline import clear_deadline, set_deadline, time_left


@contextmanager
def tightened(most: timedelta) -> Iterator[None]:
    """Give the block half of the time the call has left, and no more than ``most``.

    The block meets a deadline of its own: where that is spent, the call's is not.
    """
    left = time_left()
    seconds = most.total_seconds() if left is None else min(most.total_seconds(), left.total_seconds() / 2)
    token = set_deadline(time.monotonic() + seconds)
    try:
        yield
    finally:
        clear_deadline(token)
