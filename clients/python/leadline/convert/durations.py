"""Lengths of time on the wire."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from google.protobuf.duration_pb2 import Duration

_MICROSECOND: Final = timedelta(microseconds=1)


def duration_to_wire(length: timedelta) -> Duration:
    """Return a length of time as a Duration; both of its parts have the same sign."""
    microseconds = abs(length) // _MICROSECOND
    seconds, rest = divmod(microseconds, 1_000_000)
    sign = -1 if length < timedelta(0) else 1
    return Duration(seconds=sign * seconds, nanos=sign * rest * 1000)


def duration_from_wire(wire: Duration) -> timedelta:
    """Return a Duration; nanoseconds are cut to microseconds."""
    return timedelta(seconds=wire.seconds, microseconds=int(wire.nanos / 1000))
