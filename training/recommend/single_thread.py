"""Linear algebra in one thread: the same numbers every time, and no fight with what else the machine does."""

from __future__ import annotations

from contextlib import AbstractContextManager

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]


def single_thread() -> AbstractContextManager[object]:
    """Return a context in which the libraries below numpy use one thread."""
    limits: AbstractContextManager[object] = threadpool_limits(1)
    return limits
