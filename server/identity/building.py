"""Puts the authenticator together from the settings."""

from __future__ import annotations

import structlog

from core.access.key_store import ApiKeyStore
from core.ports import Clock
from server.identity.api_keys import ApiKeyVerifier
from server.identity.authenticator import Authenticator
from server.identity.certificates import read_identities
from server.identity.key_set import KeySet
from server.identity.remembered import Remembered
from server.identity.tokens import TokenVerifier
from server.settings import ServerSettings

log = structlog.get_logger("leadline.identity")


def build_authenticator(settings: ServerSettings, store: ApiKeyStore, pepper: bytes, clock: Clock) -> Authenticator:
    """Return the authenticator of the ways that are switched on.

    Raises:
        InvalidInput: If the file of identities cannot be used.
    """
    ways = settings.auth
    tokens = settings.jwt if "jwt" in ways else None
    identities = settings.tls.identities if settings.tls is not None and "mtls" in ways else None
    authenticator = Authenticator(
        api_keys=Remembered(ApiKeyVerifier(store, pepper, clock), clock) if "api_key" in ways else None,
        tokens=None if tokens is None else Remembered(TokenVerifier(tokens, KeySet(tokens.keys)), clock),
        certificates=None if identities is None else read_identities(identities),
    )
    if authenticator.is_open:
        log.warning("nobody is asked who they are; loopback only")
    return authenticator
