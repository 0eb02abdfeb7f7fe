"""Who calls."""

from __future__ import annotations

from collections.abc import Callable

import grpc

from core.caller import LOCAL_CALLER, Caller

Identify = Callable[[grpc.ServicerContext], Caller]
"""Returns the verified caller of a call."""


def local_identity(_context: grpc.ServicerContext) -> Caller:
    """Everybody is the local caller: only for a server on a loopback address."""
    return LOCAL_CALLER
