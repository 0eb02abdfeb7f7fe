from __future__ import annotations

import time
from contextvars import Context, copy_context
from datetime import timedelta

import pytest

from core import deadline
from core.errors import DeadlineSpent


def test_without_a_deadline_there_is_no_end():
    assert Context().run(deadline.time_left) is None
    Context().run(deadline.check)


def test_the_time_left_shrinks_to_zero_and_not_below():
    def in_context() -> None:
        deadline.set_deadline(time.monotonic() + 60)
        assert timedelta(seconds=50) < deadline.time_left() <= timedelta(seconds=60)
        deadline.check()
        deadline.set_deadline(time.monotonic() - 1)
        assert deadline.time_left() == timedelta(0)
        with pytest.raises(DeadlineSpent):
            deadline.check()

    Context().run(in_context)


def test_a_deadline_holds_in_its_own_context_only_and_until_it_is_cleared():
    def in_context() -> None:
        token = deadline.set_deadline(time.monotonic() - 1)
        assert copy_context().run(deadline.time_left) == timedelta(0)
        assert Context().run(deadline.time_left) is None
        deadline.clear_deadline(token)
        assert deadline.time_left() is None

    Context().run(in_context)
