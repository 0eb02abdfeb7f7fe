"""Reads requests so that bytes that are no message become an answer, not an INTERNAL error of the library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError

from core.errors import InvalidInput
from server.interceptors.counting import has_more_fields
from server.interceptors.limits import KIB, CountLimit

Deserializer = Callable[[bytes], Any]
_HARMLESS_BYTES = 64 * KIB
"""Below it, parsing first and counting afterwards costs next to nothing."""
_OTHER_FIELDS = 32
"""Room for the fields that are not repeated, also those of newer callers."""


@dataclass(frozen=True, slots=True)
class UnreadableRequest:
    """Stands in for a request that could not be read, until the call can be answered."""

    problem: Exception


def careful(deserialize: Deserializer, max_bytes: int, count: CountLimit | None) -> Deserializer:
    """Return a deserialiser that never raises: it gives an :class:`UnreadableRequest` instead.

    The library has no limit per method, and a call whose request raises while it is read would never be answered.
    """

    def read(data: bytes) -> Any:
        if len(data) > max_bytes:
            return UnreadableRequest(InvalidInput.of("request", f"must be at most {max_bytes:,} bytes"))
        if count is not None and len(data) > _HARMLESS_BYTES and has_more_fields(data, count.most + _OTHER_FIELDS):
            return UnreadableRequest(InvalidInput.of(count.field, f"must be at most {count.most:,}"))
        try:
            return deserialize(data)
        except DecodeError:
            return UnreadableRequest(InvalidInput.of("request", "must be a message of this method"))
        except Exception as failed:  # noqa: BLE001  raised again where it becomes an answer
            return UnreadableRequest(failed)

    return read
