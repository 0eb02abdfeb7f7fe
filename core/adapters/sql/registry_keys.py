"""Page keys of the registry's lists. They come back from callers, so that they may be anything."""

from __future__ import annotations

from datetime import UTC, datetime

from core.paging import page_token_error
from core.version import ModelVersion

MAX_EVENT_ID = 2**63 - 1
"""Largest number a database counts up to."""


def version_key(version: ModelVersion) -> str:
    """Return the key of a version in a list ordered by (create_time, version)."""
    return moment_key(version.create_time, version.manifest.version)


def read_version_key(key: str) -> tuple[datetime, str]:
    """Return (create_time, version) of a key.

    Raises:
        InvalidInput: If :func:`version_key` did not make it.
    """
    return read_moment_key(key)


def moment_key(moment: datetime, name: str) -> str:
    """Return the key of something in a list ordered by (moment, name)."""
    return f"{moment.isoformat()}/{name}"


def read_moment_key(key: str) -> tuple[datetime, str]:
    """Return (moment, name) of a key.

    Raises:
        InvalidInput: If :func:`moment_key` did not make it.
    """
    time_text, _, name = key.partition("/")
    try:
        moment = datetime.fromisoformat(time_text)
        # Near the ends of the calendar a moment has no name in UTC.
        in_utc = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise page_token_error() from error
    if moment.tzinfo is None:
        raise page_token_error()
    return in_utc, name


def read_event_key(key: str) -> int:
    """Return the event id of a key.

    Raises:
        InvalidInput: If it is not one.
    """
    try:
        event_id = int(key)
    except ValueError as error:
        raise page_token_error() from error
    if not 0 <= event_id <= MAX_EVENT_ID:
        raise page_token_error()
    return event_id
