"""Knows API keys by their secrets."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.access.api_key import is_same_secret, prefix_of, secret_digest
from core.access.key_store import ApiKeyStore
from core.ports import Clock
from server.identity.caller import Verified


@dataclass(frozen=True, slots=True)
class ApiKeyVerifier:
    """Looks a key up by its prefix and compares its hash.

    Args:
        store: Of every tenant's keys.
        pepper: Key of the hashes.
        clock: For expiry.
    """

    store: ApiKeyStore
    pepper: bytes = field(repr=False)
    clock: Clock

    def __call__(self, text: str) -> Verified | None:
        """Return who holds the key, None if it is unknown, wrong, expired or revoked.

        Raises:
            DependencyDown: If the store does not answer.
        """
        prefix = prefix_of(text)
        key = None if prefix is None else self.store.find(prefix)
        if key is None:
            return None
        offered = secret_digest(text, self.pepper)
        for secret in key.live_secrets(self.clock()):
            if is_same_secret(secret.digest, offered):
                return Verified(caller=key.caller(), expire_time=secret.expire_time)
        return None
