"""API keys: who may call, and what."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class Role(Enum):
    """What a caller may do."""

    READER = "reader"
    """Reads leads, models and the state of the server."""
    SCORER = "scorer"
    """Scores leads."""
    RECORDER = "recorder"
    """Writes leads and their outcomes."""
    SELLER = "seller"
    """Reads, writes and scores leads of one owner only."""
    ANALYST = "analyst"
    """Reads everything, model events and audit records included."""
    ADMIN = "admin"
    """May do everything within the tenant."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key, without its secret."""

    key_id: str
    name: str
    roles: tuple[Role, ...]
    owner_id: str
    """Whose leads a seller may see; empty for every other role."""
    create_time: datetime | None
    expire_time: datetime | None
    """When its newest secret ends; None: never."""
    revoke_time: datetime | None
    """None: it was not revoked."""
    created_by: str
    live_secret_count: int
    """How many secrets are valid, 0 to 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedKey:
    """A key with its new secret: the only time it is shown."""

    key: ApiKey
    secret: str = field(repr=False)
    """What its holder gives as ``api_key``. Empty if the request id came before."""
