"""What API keys need from the outside."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from core.access.api_key import ApiKey, ApiKeyTerms, StoredSecret
from core.caller import Caller
from core.identifiers import TenantId
from core.ports import Page


class ApiKeyStore(Protocol):
    """Keeps API keys and what is needed to know their secrets again. A call that returns has committed.

    The same ``request_id`` again has no second effect, and says so: its secret was shown before.
    """

    def create(
        self, caller: Caller, request_id: str, key_id: str, terms: ApiKeyTerms, *, secret: tuple[str, bytes]
    ) -> tuple[ApiKey, bool]:
        """Add a key with its first secret (prefix, digest); returns it, and whether this call made it.

        Raises:
            AlreadyExists: If ``request_id`` was used for another body.
        """

    def rotate(
        self, caller: Caller, request_id: str, key_id: str, *, overlap: timedelta, secret: tuple[str, bytes]
    ) -> tuple[ApiKey, bool]:
        """Add a second secret (prefix, digest); those before end after ``overlap``.

        Raises:
            NotFound: If the tenant has no such key.
            WrongState: API_KEY_REVOKED, or TWO_LIVE_SECRETS if it would be the third.
            AlreadyExists: If ``request_id`` was used for another body.
        """

    def revoke(self, caller: Caller, request_id: str, key_id: str, reason: str) -> ApiKey:
        """End a key. Ending it twice changes nothing.

        Raises:
            NotFound: If the tenant has no such key.
            AlreadyExists: If ``request_id`` was used for another body.
        """

    def list(self, tenant: TenantId, *, limit: int, after: str | None) -> Page[ApiKey]:
        """Return up to ``limit`` keys with ids above ``after``, ordered by id."""

    def find(self, prefix: str) -> ApiKey | None:
        """Return the key one of whose secrets has this prefix, of whichever tenant, with that secret alone."""


__all__ = ["ApiKeyStore", "StoredSecret"]
