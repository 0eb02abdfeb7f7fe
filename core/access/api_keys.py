"""The use cases behind AccessService."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from core.access.api_key import (
    DEFAULT_OVERLAP,
    LONGEST_OVERLAP,
    MAX_REASON,
    ApiKey,
    ApiKeyTerms,
    NewSecret,
    new_key_id,
    new_secret,
    secret_digest,
)
from core.access.key_store import ApiKeyStore
from core.caller import Caller
from core.errors import InvalidInput, WrongState
from core.identifiers import TenantId, check_identifier
from core.ports import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedKey:
    """A key, and its new secret while it is shown."""

    key: ApiKey
    secret: str = field(repr=False)
    """"" if the request came before."""


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """Gives out and takes back API keys.

    Args:
        store: Where they are kept.
        pepper: Key of the hashes of the secrets; empty where API keys are off.
    """

    store: ApiKeyStore
    pepper: bytes = field(repr=False)

    def create(self, caller: Caller, request_id: str, terms: ApiKeyTerms) -> IssuedKey:
        """Make a key for the caller's tenant.

        Raises:
            InvalidInput: If ``request_id`` is no id.
            AlreadyExists: If ``request_id`` was used for another request.
        """
        check_identifier(request_id, "request_id")
        secret = new_secret(key_id := new_key_id())
        key, made = self.store.create(caller, request_id, key_id, terms, secret=self._kept(secret))
        return IssuedKey(key=key, secret=secret.text if made else "")

    def rotate(self, caller: Caller, request_id: str, key_id: str, overlap: timedelta | None) -> IssuedKey:
        """Give a key a second secret.

        Args:
            caller: Who asks.
            request_id: Idempotency key.
            key_id: Of a key of the caller's tenant.
            overlap: How long the secret before lives on, 0 to 90 days; None: one day.

        Raises:
            InvalidInput: If an id or the overlap is out of range.
            NotFound: If the tenant has no such key.
            WrongState: If the key is revoked, or two secrets would outlive this call beside the new one.
            AlreadyExists: If ``request_id`` was used for another request.
        """
        check_identifier(request_id, "request_id")
        check_identifier(key_id, "key_id")
        kept = DEFAULT_OVERLAP if overlap is None else overlap
        if not timedelta(0) <= kept <= LONGEST_OVERLAP:
            raise InvalidInput.of("overlap", f"must be 0 to {LONGEST_OVERLAP.days} days")
        secret = new_secret(key_id)
        key, made = self.store.rotate(caller, request_id, key_id, overlap=kept, secret=self._kept(secret))
        return IssuedKey(key=key, secret=secret.text if made else "")

    def revoke(self, caller: Caller, request_id: str, key_id: str, reason: str) -> ApiKey:
        """End a key with all of its secrets.

        Raises:
            InvalidInput: If an id or the reason is out of range.
            NotFound: If the tenant has no such key.
            AlreadyExists: If ``request_id`` was used for another request.
        """
        check_identifier(request_id, "request_id")
        check_identifier(key_id, "key_id")
        if len(reason) > MAX_REASON:
            raise InvalidInput.of("reason", f"must be at most {MAX_REASON:,} characters")
        return self.store.revoke(caller, request_id, key_id, reason)

    def list(self, tenant: TenantId, *, limit: int, after: str | None) -> Page[ApiKey]:
        """Return up to ``limit`` keys with ids above ``after``, ordered by id."""
        return self.store.list(tenant, limit=limit, after=after)

    def _kept(self, secret: NewSecret) -> tuple[str, bytes]:
        if not self.pepper:
            raise WrongState("API_KEYS_OFF", "this server takes no API keys: switch them on in LEADLINE_AUTH")
        return secret.prefix, secret_digest(secret.text, self.pepper)
