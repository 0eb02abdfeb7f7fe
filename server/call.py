"""Who asked, while a call is worked for."""

from __future__ import annotations

from contextvars import ContextVar

import grpc

from core.caller import Caller

_caller: ContextVar[Caller] = ContextVar("leadline_caller")


def enter_call(caller: Caller) -> None:
    """Begin the work of a call. Each call has a context of its own, so that nothing has to be ended."""
    _caller.set(caller)


def current_caller() -> Caller:
    """Return who asked.

    Raises:
        LookupError: Outside of a call.
    """
    return _caller.get()


def identify(_context: grpc.ServicerContext) -> Caller:
    """Return the caller that the boundary verified: what servicers are given to ask."""
    return _caller.get()
