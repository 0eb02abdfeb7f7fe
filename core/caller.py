"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass

from core.identifiers import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The verified identity behind a call. It comes from the credential, never from a request body."""

    tenant: TenantId
    actor: str
    """For the event log: a user, service or command name."""


LOCAL_CALLER = Caller(tenant=TenantId("default"), actor="local")
"""Everybody, while the server runs without credentials on a loopback address."""
