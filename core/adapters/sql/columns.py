"""Column types that mean the same in SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from core.errors import InvalidInput


class UtcTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC with microseconds; SQLite holds it as text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise InvalidInput.of("time", "must name its offset from UTC")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the base's
        """Return the moment, aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PlainText(TypeDecorator[str]):
    """Text both databases can hold: PostgreSQL knows no NUL, and neither knows half a surrogate pair.

    Args:
        limit: Most characters, or None for text of any length.
    """

    impl = Text
    cache_ok = True

    def __init__(self, limit: int | None = None) -> None:
        super().__init__()
        self.limit = limit

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Order by code point in PostgreSQL too, as SQLite and Python do."""
        collation = "C" if dialect.name == "postgresql" else None
        if self.limit is None:
            return Text(collation=collation)
        return String(self.limit, collation=collation)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the base's
        """Return the text if a database can hold it."""
        if value is None:
            return None
        if "\x00" in value or not _is_unicode(value):
            raise InvalidInput.of("text", "must not hold NUL characters or lone surrogates")
        return value


def _is_unicode(value: str) -> bool:
    if value.isascii():
        return True
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


Serial = BigInteger().with_variant(Integer, "sqlite")
"""A number the database counts up itself; SQLite does so for its INTEGER only."""
