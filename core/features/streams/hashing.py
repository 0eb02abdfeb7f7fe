"""The hash of a value: which values a sketch keeps depends on it alone, never on the order of events."""

from __future__ import annotations

from functools import lru_cache
from hashlib import md5

HASH_SPAN = 2**64
"""Hashes are whole numbers from 0 up to and not including this."""


@lru_cache(maxsize=65_536)
def hash_of(value: str | int) -> int:
    """Return the 64-bit hash of a value.

    It is the last 8 bytes of the MD5 of the value's text in UTF-8, as a little-endian number; a whole number's text is
    its decimal digits. SQL of DuckDB says ``md5_number_lower(CAST(value AS VARCHAR))``.
    """
    return int.from_bytes(md5(str(value).encode(), usedforsecurity=False).digest()[8:], "little")
