"""The id that ties what one call left behind: answer, log lines, audit records, jobs."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable
from contextvars import ContextVar
from random import Random

CORRELATION_KEY = "x-correlation-id"
"""Metadata key, from callers and, in the trailing metadata, back to them."""
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+=@-]{0,127}\Z")
"""Nothing that could end a log line, start a formula in a spreadsheet or need escaping anywhere."""
_CHANCE = Random(secrets.token_bytes(32))
"""Seeded by the system once: asking it for every call lets go of the interpreter's lock, and the call then waits for
the other threads."""
os.register_at_fork(after_in_child=lambda: _CHANCE.seed(secrets.token_bytes(32)))
_CURRENT: ContextVar[str] = ContextVar("correlation_id", default="")


def correlation_of(metadata: Iterable[tuple[str, str | bytes]] | None) -> str:
    """Return the caller's correlation id, or a fresh one where there is none that is safe to keep.

    Args:
        metadata: Of the call, as grpc gives it: pairs of a lower-case key and a value.

    Returns:
        1 to 128 letters, digits and ``._:/+=@-``.
    """
    for key, value in metadata or ():
        if key == CORRELATION_KEY and isinstance(value, str) and _SAFE.match(value):
            return value
    return f"{_CHANCE.getrandbits(128):032x}"


def bind_correlation(correlation_id: str) -> None:
    """Put the id on every log line of this call from now on.

    grpc runs each call in a context of its own, so that nothing has to be undone at the end, and what the library
    logs after the handler, for example when it writes the answer, still carries the id.
    """
    _CURRENT.set(correlation_id)


def current_correlation() -> str:
    """Return the id of the call that runs here, "" outside of calls."""
    return _CURRENT.get()
