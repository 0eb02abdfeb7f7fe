"""Deadlines: until when a call runs, and which calls cannot make it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import grpc

from core.errors import DeadlineSpent, OverLimit
from server.admission.figures import AdmissionMetrics
from server.admission.kinds import CallKind
from server.admission.seats import DEADLINE_TOO_SHORT
from server.admission.usual import UsualTime, UsualTimes
from server.interceptors.limits import CountLimit

_NEVER_SECONDS = 365 * 24 * 3600
"""The library gives a time in the far future for calls without a deadline."""
_SOONEST = timedelta(milliseconds=50)


class Punctuality:
    """Knows how long the calls of one method usually take.

    Args:
        max_call: Longest time for a call whose caller set no deadline.
        kind: Of the method.
        count: The repeated field that says how large a request is; None where all are alike.
        metrics: Where refusals are counted.
    """

    def __init__(
        self, max_call: timedelta, kind: CallKind, count: CountLimit | None, metrics: AdmissionMetrics
    ) -> None:
        self._max_seconds = max_call.total_seconds()
        self._kind = kind
        self._field = count.field if count else ""
        self._metrics = metrics
        self._usual = UsualTimes()

    def is_ours(self, context: grpc.ServicerContext) -> bool:
        """Return whether the caller set no deadline."""
        remaining = context.time_remaining()
        return remaining is None or remaining > _NEVER_SECONDS

    def end_of(self, context: grpc.ServicerContext) -> float:
        """Return when a call must have ended, on the monotonic clock."""
        remaining = context.time_remaining()
        if remaining is None or remaining > _NEVER_SECONDS:
            remaining = self._max_seconds
        return time.monotonic() + remaining

    def check(self, ends: float, request: Any) -> UsualTime:
        """Return the usual time of such a request, to add this one's.

        Raises:
            DeadlineSpent: If the deadline passed while the call waited.
            OverLimit: If less time is left than such a call usually takes.
        """
        usual = self._usual.of_size(len(getattr(request, self._field, ())) if self._field else 1)
        left = ends - time.monotonic()
        if left <= 0:
            raise DeadlineSpent("the deadline passed before the call began")
        if left < usual.seconds:
            self._metrics.shed(self._kind, DEADLINE_TOO_SHORT)
            raise _too_short(left, usual.seconds)
        return usual


def _too_short(left: float, usual: float) -> OverLimit:
    message = "the deadline is shorter than such a call usually takes now"
    usual_milliseconds = str(round(1000 * usual))
    return OverLimit(
        message,
        retry_after=max(_SOONEST, timedelta(seconds=usual)),
        reason=DEADLINE_TOO_SHORT,
        usual_milliseconds=usual_milliseconds,
        left_milliseconds=str(round(1000 * left)),
    )
