"""Puts together what decides who may call and what."""

from __future__ import annotations

from dataclasses import dataclass

import grpc

from core.access.api_keys import ApiKeys
from core.adapters.sql.api_key_store import SqlApiKeyStore
from core.adapters.sql.audit_log import SqlAuditLog
from core.adapters.sql.database import Database
from core.caller import Caller
from core.ports import Clock
from server.access.authorizer import Authorizer
from server.identity.authenticator import Authenticator
from server.identity.building import build_authenticator
from server.identity.tls import server_credentials
from server.secret import api_key_pepper
from server.settings import ServerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Who may call and what, and how the way to the port is encrypted."""

    keys: ApiKeys
    authenticator: Authenticator
    authorizer: Authorizer
    credentials: grpc.ServerCredentials | None


def build_gate(settings: ServerSettings, database: Database, audit: SqlAuditLog, clock: Clock) -> Gate:
    """Return the gate of a server.

    Raises:
        InvalidInput: If certificates or the file of identities cannot be used.
        LeadlineError: If the permission table does not hold every method.
    """
    store, pepper = SqlApiKeyStore(database, clock), api_key_pepper(settings)
    authenticator = build_authenticator(settings, store, pepper, clock)

    def on_denied(caller: Caller, action: str) -> None:
        audit.record_denied(caller, action, "", "PERMISSION_DENIED")

    return Gate(
        keys=ApiKeys(store, pepper),
        authenticator=authenticator,
        authorizer=Authorizer(authenticator, on_denied),
        credentials=server_credentials(settings),
    )
