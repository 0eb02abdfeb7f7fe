"""Durations."""

from __future__ import annotations

from datetime import timedelta

from google.protobuf.duration_pb2 import Duration

from core.errors import InvalidInput

_LONGEST_SECONDS = 366 * 86_400
"""Longer than any duration of the contract; each field has a limit of its own."""
_NANOS = 1_000_000_000


def duration_from_wire(duration: Duration, field: str) -> timedelta:
    """Return a duration to the microsecond.

    Raises:
        InvalidInput: If it is negative, longer than a year, or no duration; names ``field``.
    """
    if not (0 <= duration.seconds <= _LONGEST_SECONDS and 0 <= duration.nanos < _NANOS):
        raise InvalidInput.of(field, "must not be negative or longer than a year, with nanos from 0 to 999999999")
    return timedelta(seconds=duration.seconds, microseconds=duration.nanos // 1000)


def duration_to_wire(duration: timedelta) -> Duration:
    """Return a duration that is not negative as a message."""
    return Duration(seconds=duration.days * 86_400 + duration.seconds, nanos=duration.microseconds * 1000)
