"""Refuses calls for as little work as the library allows.

Whoever sends five times what a server can do makes it refuse four calls for each that it answers: then the price of
a refusal decides how many it answers. So a refusal reads no request, makes no message and needs no other thread.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from itertools import cycle
from typing import Any, TypeAlias, TypeVar

import grpc
from grpc_status import rpc_status

from core.errors import DependencyDown, LeadlineError, OverLimit
from server.admission.kinds import CallKind
from server.admission.seats import QUEUE_FULL, RATE_LIMITED, SHUTTING_DOWN, TENANT_LIMIT
from server.interceptors.status import status_of

T = TypeVar("T")
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Metadata = tuple[tuple[str, str], ...]
Prepare = Callable[[grpc.ServicerContext], Metadata]
"""Returns what to add to the trailing metadata of a refusal."""

_SPREAD_SECONDS = (0.2, 0.5, 0.3, 0.7, 0.4, 0.6)
"""Callers that were refused together should not come back together."""
_WAITS_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
_TEXTS = {
    QUEUE_FULL: "too many {kind} calls are waiting already",
    TENANT_LIMIT: "this tenant has as many {kind} calls under way as it may",
    RATE_LIMITED: "this tenant makes more calls a second than it may",
}


class _Inline(ThreadPoolExecutor):
    """Runs what is submitted at once, in the thread that submits it: the one that takes calls from the library."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        done: Future[T] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


_INLINE = _Inline(1)


class _WithMetadata(grpc.Status):
    """A status with more trailing metadata."""

    def __init__(self, status: grpc.Status, more: Metadata) -> None:
        self.code = status.code
        self.details = status.details
        self.trailing_metadata = (*(status.trailing_metadata or ()), *more)


def refusing(error: LeadlineError, prepare: Prepare | None = None) -> Handler:
    """Return a handler that fails every call of any method with ``error``, after ``prepare``."""
    status = rpc_status.to_status(status_of(error))

    def refuse(_requests: Any, context: grpc.ServicerContext) -> Any:
        more = prepare(context) if prepare is not None else ()
        context.abort_with_status(_WithMetadata(status, more) if more else status)

    refuse.experimental_thread_pool = _INLINE  # type: ignore[attr-defined]
    # As a stream of requests, because the library waits for the message of any other before it calls a handler.
    return grpc.stream_unary_rpc_method_handler(refuse)


class Refusals:
    """Every handler that refuses, made once.

    Args:
        turn_away: Called before a call is refused because the server is shutting down.
    """

    def __init__(self, turn_away: Prepare | None = None) -> None:
        self._full = {
            (kind, reason): cycle([_over_limit(kind, reason, seconds) for seconds in _SPREAD_SECONDS])
            for kind in CallKind
            for reason in (QUEUE_FULL, TENANT_LIMIT)
        }
        self._too_often = [(seconds, _over_limit(CallKind.READ, RATE_LIMITED, seconds)) for seconds in _WAITS_SECONDS]
        self.shutting_down = refusing(DependencyDown("this server (it is shutting down)"), turn_away)

    def no_seat(self, kind: CallKind, reason: str) -> Handler:
        """Refuse because a lane, or a tenant's share of it, is full."""
        return next(self._full[kind, reason])

    def too_often(self, wait_seconds: float) -> Handler:
        """Refuse a tenant that may call again after ``wait_seconds``."""
        last = self._too_often[-1][1]
        return next((handler for seconds, handler in self._too_often if seconds >= wait_seconds), last)


def too_often(wait_seconds: float) -> OverLimit:
    """Return the error of a tenant that may call again after ``wait_seconds``."""
    return OverLimit(_TEXTS[RATE_LIMITED], retry_after=timedelta(seconds=wait_seconds), reason=RATE_LIMITED)


def _over_limit(kind: CallKind, reason: str, seconds: float) -> Handler:
    retry_after = timedelta(seconds=seconds)
    return refusing(OverLimit(_TEXTS[reason].format(kind=kind), retry_after=retry_after, reason=reason, kind=kind))


__all__ = ["SHUTTING_DOWN", "Handler", "Refusals", "refusing", "too_often"]
