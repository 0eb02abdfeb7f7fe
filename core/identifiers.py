"""The forms of ids."""

from __future__ import annotations

import re
from typing import NewType

from core.errors import InvalidInput

LeadId = NewType("LeadId", str)
TenantId = NewType("TenantId", str)
VersionName = NewType("VersionName", str)

_is_identifier = re.compile(r"[A-Za-z0-9_.:\-]{1,128}").fullmatch
IDENTIFIER_RULE = "must be 1 to 128 characters of A-Z a-z 0-9 _ . : -"


def check_identifier(value: str, field: str) -> str:
    """Return ``value`` if it is a well-formed id.

    Raises:
        InvalidInput: If it is not; names ``field``.
    """
    if _is_identifier(value) is None:
        raise InvalidInput.of(field, IDENTIFIER_RULE)
    return value
