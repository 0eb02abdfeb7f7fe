"""Keeps bytes by key within a bound; what was used longest ago goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict

ENTRY_BYTES = 250
"""What an entry costs besides its value: its key, two objects and a link."""


class ByteCache:
    """A cache of bytes. Safe to share between threads.

    Args:
        most_bytes: Of all entries together, each with :data:`ENTRY_BYTES` more than its value has.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._held: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self.bytes_held = 0

    def get(self, key: bytes) -> bytes | None:
        """Return what is kept under a key."""
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
            return found

    def put(self, key: bytes, value: bytes) -> None:
        """Keep a value."""
        with self._lock:
            before = self._held.pop(key, None)
            self._held[key] = value
            self.bytes_held += len(value) + ENTRY_BYTES - (0 if before is None else len(before) + ENTRY_BYTES)
            while self.bytes_held > self._most_bytes and self._held:
                _, gone = self._held.popitem(last=False)
                self.bytes_held -= len(gone) + ENTRY_BYTES
