"""The call that this thread works for."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta

import grpc

from core import deadline
from core.caller import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class CallScope:
    """What the boundary found out about a call."""

    method: str
    """For example ``/leadline.v1.ScoringService/Score``."""
    caller: Caller
    correlation_id: str
    deadline: float
    """When the answer must be there, on :func:`time.monotonic`, in seconds."""


_scope: ContextVar[CallScope] = ContextVar("leadline_call")


def enter_call(scope: CallScope) -> None:
    """Begin the work of a call. Each call has a context of its own, so that nothing has to be ended."""
    _scope.set(scope)
    deadline.set_deadline(scope.deadline)


def current_call() -> CallScope:
    """Return the call that this context belongs to.

    Raises:
        LookupError: Outside of a call.
    """
    return _scope.get()


def current_caller() -> Caller:
    """Return who asked. Raises as :func:`current_call` does."""
    return _scope.get().caller


def time_left() -> timedelta | None:
    """Return how long the call may still take, never below zero; None outside of a call."""
    return deadline.time_left()


def identify(_context: grpc.ServicerContext) -> Caller:
    """Return the caller that the boundary verified: what servicers are given to ask."""
    return _scope.get().caller
