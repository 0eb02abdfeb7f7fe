"""The verified caller of a call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import grpc

from core.caller import LOCAL_CALLER, Caller
from core.errors import DependencyDown

Metadata = Iterable[tuple[str, str | bytes]]
"""Pairs of a lower-case key and a value, as grpc gives them."""
Identify = Callable[[grpc.ServicerContext], Caller]
"""Returns the verified caller of a call; raises Unauthenticated if there is none."""


class Undecided(DependencyDown):
    """Whether this one credential is good cannot be known at the moment; of others it says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Who a credential belongs to, and until when it holds."""

    caller: Caller
    expire_time: datetime | None
    """None: until it is taken back."""


Verify = Callable[[str], Verified | None]
"""Returns who a credential belongs to, None if it is not valid; raises DependencyDown where that cannot be known."""


def local_identity(_context: grpc.ServicerContext) -> Caller:
    """Everybody is the local caller: only for a server on a loopback address."""
    return LOCAL_CALLER
