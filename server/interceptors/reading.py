"""Reads requests so that bytes that are no message become an answer, not an INTERNAL error of the library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError

from core.errors import InvalidInput

Deserializer = Callable[[bytes], Any]


@dataclass(frozen=True, slots=True)
class UnreadableRequest:
    """Stands in for a request that could not be read, until the call can be answered."""

    problem: InvalidInput


def careful(deserialize: Deserializer, max_bytes: int) -> Deserializer:
    """Return a deserialiser that never raises: it gives an :class:`UnreadableRequest` instead.

    The library has no limit per method, and answers an exception in here with INTERNAL before any interceptor can act.
    """

    def read(data: bytes) -> Any:
        if len(data) > max_bytes:
            return UnreadableRequest(InvalidInput.of("request", f"must be at most {max_bytes:,} bytes"))
        try:
            return deserialize(data)
        except DecodeError:
            return UnreadableRequest(InvalidInput.of("request", "must be a message of this method"))

    return read
