"""Cached values under seal: whose they are, what they answer, and that nobody changed them."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import astuple

from core.ports import CacheKey

_MARK = b"LC1"
_SEAL_BYTES = 16
_LENGTH_BYTES = 4
_PERSON = b"leadline-cache"


def key_bytes(key: CacheKey) -> bytes:
    """Return a key as bytes; no two keys have the same."""
    parts = [part.encode("utf-8", "surrogatepass") for part in astuple(key)]
    return b"".join(len(part).to_bytes(_LENGTH_BYTES) + part for part in parts)


class CacheSeal:
    """Puts a value and its whole key under a keyed BLAKE2b, and checks both before the value is used.

    Whoever can write to a shared cache, or reads from it what belongs elsewhere, thus gains a miss at most.

    Args:
        secret: Shared by all processes that share a cache.
    """

    def __init__(self, secret: bytes) -> None:
        key = hashlib.blake2b(secret, digest_size=32, person=_PERSON).digest()
        self._keyed = hashlib.blake2b(key=key, digest_size=_SEAL_BYTES)

    def close(self, key: bytes, value: bytes) -> bytes:
        """Return the sealed value.

        Args:
            key: From :func:`key_bytes`.
            value: Anything.
        """
        content = b"".join((_MARK, len(key).to_bytes(_LENGTH_BYTES), key, value))
        return self._seal(content) + content

    def open(self, key: bytes, sealed: bytes) -> bytes | None:
        """Return the value; None if it is not exactly what was sealed under this key."""
        content = sealed[_SEAL_BYTES:]
        expected = b"".join((_MARK, len(key).to_bytes(_LENGTH_BYTES), key))
        if not content.startswith(expected):
            return None
        if not hmac.compare_digest(sealed[:_SEAL_BYTES], self._seal(content)):
            return None
        return content[len(expected) :]

    def name(self, *parts: str) -> str:
        """Return what something is called in a shared cache: 128 bits that say nothing to others."""
        joined = b"\0".join(part.encode("utf-8", "surrogatepass") for part in parts)
        return self._seal(joined).hex()

    def _seal(self, content: bytes) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(content)
        return keyed.digest()
