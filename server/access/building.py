"""Puts together what decides who may call and what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import grpc

from core.access.api_keys import ApiKeys
from core.adapters.sql.api_key_store import SqlApiKeyStore
from core.adapters.sql.audit_log import SqlAuditLog
from core.adapters.sql.database import Database
from core.caller import Caller
from core.ports import Clock
from server.access.authorizer import Authorizer
from server.access.refusals import Refusals
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


def build_gate(
    settings: ServerSettings,
    database: Database,
    audit: SqlAuditLog,
    clock: Clock,
    on_unrecorded: Callable[[], object],
) -> Gate:
    """Return the gate of a server.

    Args:
        settings: What the operator set.
        database: Where the keys are.
        audit: Where refusals of privileged calls are recorded.
        clock: The present moment.
        on_unrecorded: Called for each record that could not be written.

    Raises:
        InvalidInput: If certificates or the file of identities cannot be used.
        LeadlineError: If the permission table does not hold every method.
    """
    store, pepper = SqlApiKeyStore(database, clock), api_key_pepper(settings)
    authenticator = build_authenticator(settings, store, pepper, clock)

    def record(caller: Caller, action: str, reason: str) -> None:
        audit.record_denied(caller, action, "", reason)

    return Gate(
        keys=ApiKeys(store, pepper),
        authenticator=authenticator,
        authorizer=Authorizer(authenticator, Refusals(record, on_unrecorded)),
        credentials=server_credentials(settings),
    )
