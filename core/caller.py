"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.identifiers import TenantId


class Role(StrEnum):
    """What a caller may do; the permissions of each are in :mod:`core.access.permissions`."""

    READER = "reader"
    SCORER = "scorer"
    RECORDER = "recorder"
    SELLER = "seller"
    ANALYST = "analyst"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The verified identity behind a call. It comes from the credential, never from a request body."""

    tenant: TenantId
    actor: str
    """For the event log: a user, service or command name."""
    roles: frozenset[Role] = frozenset({Role.ADMIN})
    owner_id: str = ""
    """Whose leads the caller may see; "" for everybody's. Set for callers that are sellers and nothing more."""
    correlation_id: str = ""
    """Ties the call to log lines and audit records."""


LOCAL_CALLER = Caller(tenant=TenantId("default"), actor="local")
"""Everybody, while the server runs without credentials on a loopback address."""
