"""Values as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leadline.errors import LeadlineError


def plain(value: object) -> Any:
    """Return a value of this package as what JSON knows.

    Names become lower snake case, times ISO 8601 in UTC, lengths of time seconds.
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def error_object(error: LeadlineError) -> dict[str, Any]:
    """Return an error as a JSON object."""
    return {
        "code": error.code.name,
        "reason": error.reason,
        "message": error.message,
        "violations": plain(error.violations),
    }


def document(value: object) -> str:
    """Return a value as one readable JSON document."""
    return json.dumps(plain(value), indent=2)


def line(value: object) -> str:
    """Return a value as one line of JSON."""
    return json.dumps(plain(value))
