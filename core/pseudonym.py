"""Keyed names that tell one thing from another, but not what it is."""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from core.identifiers import TenantId

_SHOWN_DIGITS = 32
"""Hexadecimal digits of a name: 128 bits."""


def keyed_name(secret: bytes, purpose: bytes, tenant: TenantId, value: str) -> str:
    """Return the name of ``value``: 32 hexadecimal digits of an HMAC-SHA-256.

    The same value always has the same one within a tenant and a purpose; across tenants, or purposes, names of equal
    values have nothing in common. Without the secret nobody can find out whether a name is that of a given value.

    Args:
        secret: The server's, at least 32 bytes.
        purpose: What the name is for; must not hold NUL.
        tenant: Whose it is.
        value: What is named.
    """
    return hmac.new(
        _key_of(secret, purpose, tenant), value.encode("utf-8", "surrogatepass"), hashlib.sha256
    ).hexdigest()[:_SHOWN_DIGITS]


@lru_cache(maxsize=1024)
def _key_of(secret: bytes, purpose: bytes, tenant: TenantId) -> bytes:
    # Worked out once: the library lets go of the interpreter's lock for it, and every write would wait to get it back.
    return hmac.digest(secret, purpose + b"\x00" + tenant.encode("ascii"), hashlib.sha256)
