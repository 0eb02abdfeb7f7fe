"""Timestamps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from core.errors import InvalidInput
from core.lead import EARLIEST, LATEST

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_EARLIEST_SECONDS = (EARLIEST - _EPOCH) // _SECOND
_LATEST_SECONDS = (LATEST - _EPOCH) // _SECOND
_NANOS = 1_000_000_000
_RULE = "must be between 1970-01-01 and 2100-01-01, with nanos from 0 to 999999999"


def time_from_wire(time: Timestamp, field: str) -> datetime:
    """Return a moment, aware, to the microsecond.

    Raises:
        InvalidInput: If it is out of range; names ``field``.
    """
    seconds, nanos = time.seconds, time.nanos
    if not (_EARLIEST_SECONDS <= seconds < _LATEST_SECONDS and 0 <= nanos < _NANOS):
        raise InvalidInput.of(field, _RULE)
    return _EPOCH + timedelta(seconds=seconds, microseconds=nanos // 1000)


def time_to_wire(moment: datetime) -> Timestamp:
    """Return an aware moment as a message."""
    since = moment - _EPOCH
    return Timestamp(seconds=since.days * 86400 + since.seconds, nanos=since.microseconds * 1000)
