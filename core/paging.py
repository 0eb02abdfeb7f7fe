"""Pages of lists: how long they are, and where the next one starts."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping

from core.errors import InvalidInput
from core.identifiers import TenantId

DEFAULT_PAGE_SIZE = 50
"""Items on a page when the caller does not say."""
MAX_PAGE_SIZE = 1_000
"""Most items on a page."""
MAX_TOKEN_LENGTH = 4_096
"""Most characters of a page token; ours have a few hundred."""


def page_limit(page_size: int, *, default: int = DEFAULT_PAGE_SIZE) -> int:
    """Return how many items a page may hold.

    Args:
        page_size: As the caller asked: 0 means the default, more than the most means the most.
        default: What 0 means.

    Returns:
        A number in [1, 1000].

    Raises:
        InvalidInput: If ``page_size`` is negative.
    """
    if page_size < 0:
        raise InvalidInput.of("page_size", "must not be negative")
    return min(page_size, MAX_PAGE_SIZE) or default


def encode_page_token(tenant: TenantId, list_name: str, filters: Mapping[str, str], key: str | None) -> str:
    """Return the token of the page after ``key``.

    Args:
        tenant: Whose list it is; a token is good for the same tenant only.
        list_name: The list the token is good for, for example ``"leads"``.
        filters: What the list was narrowed to; a token is good for the same filters only.
        key: ``next_key`` of the page before; None on the last page.

    Returns:
        URL-safe ASCII text; "" on the last page.
    """
    if key is None:
        return ""
    # The fingerprint tells damaged and foreign tokens from ours. It is no secret: whoever makes one up gets a page of
    # their own tenant's list.
    origin = json.dumps([tenant, list_name, sorted(filters.items()), key])
    fingerprint = hashlib.sha256(origin.encode("ascii")).hexdigest()[:16]
    content = json.dumps({"k": key, "f": fingerprint}, separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode("ascii")).decode("ascii")


def decode_page_token(token: str, tenant: TenantId, list_name: str, filters: Mapping[str, str]) -> str | None:
    """Return the key to go on after, or None for the first page.

    Args:
        token: "" for the first page, else one :func:`encode_page_token` made for this tenant, list and filters.
        tenant: Who asks.
        list_name: The list that is asked for.
        filters: What it is narrowed to.

    Raises:
        InvalidInput: If the token is damaged or belongs to another tenant, another list or other filters.
    """
    if not token:
        return None
    key = _key_within(token)
    if key is None or encode_page_token(tenant, list_name, filters, key) != token:
        raise page_token_error()
    return key


def page_token_error() -> InvalidInput:
    """Make the error for a page token that leads nowhere."""
    return InvalidInput.of("page_token", "must be the next_page_token of the page before")


def _key_within(token: str) -> str | None:
    if len(token) > MAX_TOKEN_LENGTH:
        return None
    try:
        content = json.loads(base64.urlsafe_b64decode(token.encode("ascii")))
    except (binascii.Error, UnicodeError, ValueError, RecursionError):
        return None
    key = content.get("k") if isinstance(content, dict) else None
    return key if isinstance(key, str) else None
