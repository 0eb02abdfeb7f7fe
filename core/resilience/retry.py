"""Tries again what is safe to repeat, a little later each time, while the call has time left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from core.deadline import time_left

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 3
FIRST_WAIT = timedelta(milliseconds=100)
"""Most time before the second attempt; twice as much before the third. The wait is drawn from zero to that, so that
callers that failed together do not come again together."""


def retried(is_passing: Callable[[BaseException], bool]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return a decorator for calls whose effect is the same however often they are made.

    Args:
        is_passing: Whether a failure may be gone a moment later. Must be false for the refusal of an open breaker.
    """

    def decorate(call: Callable[P, T]) -> Callable[P, T]:
        @wraps(call)
        def tried(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return call(*args, **kwargs)
            except Exception as failed:
                if not is_passing(failed):
                    raise
                first = [failed]

            def attempt() -> T:
                if first:
                    raise first.pop()
                return call(*args, **kwargs)

            return _retry(attempt, is_passing)

        return tried

    return decorate


def _retry(attempt: Callable[[], T], is_passing: Callable[[BaseException], bool]) -> T:
    # Loaded with the first failure, and used from then on only: its counting takes as long as a small read.
    from tenacity import (  # noqa: PLC0415
        RetryCallState,
        Retrying,
        retry_if_exception,
        stop_after_attempt,
        wait_random_exponential,
    )

    too_often = stop_after_attempt(ATTEMPTS)

    def enough(state: RetryCallState) -> bool:
        left = time_left()
        return too_often(state) or (left is not None and left.total_seconds() <= state.upcoming_sleep)

    retrying = Retrying(
        retry=retry_if_exception(is_passing),
        stop=enough,
        wait=wait_random_exponential(multiplier=FIRST_WAIT.total_seconds()),
        reraise=True,
    )
    return retrying(attempt)
