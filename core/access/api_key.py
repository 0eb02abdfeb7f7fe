"""API keys: how their secrets look, what is kept of them, and when they hold."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.access.grant import Grant
from core.caller import Caller
from core.errors import InvalidInput
from core.identifiers import TenantId

MAX_NAME = 200
MAX_REASON = 1_000
MOST_LIVE_SECRETS = 2
SHORTEST_LIFETIME = timedelta(seconds=1)
LONGEST_LIFETIME = timedelta(days=3_650)
DEFAULT_OVERLAP = timedelta(days=1)
LONGEST_OVERLAP = timedelta(days=90)
_SECRET_BYTES = 32
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""32 letters that nobody mistakes for another."""
_ID_LETTERS = 8
_PREFIX_LETTERS = 12
MARK = "ll_"
"""How every API key begins."""
_TEXT = re.compile(rf"{MARK}([{_ALPHABET}]{{{_PREFIX_LETTERS}}})_[A-Za-z0-9_-]{{43}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSecret:
    """What is kept of a secret: enough to know it again, not enough to tell it."""

    prefix: str
    """Twelve letters, in the clear, by which the key is looked up. Unique over all tenants."""
    digest: bytes = field(repr=False)
    """HMAC-SHA-256 of the whole text with the pepper, 32 bytes."""
    create_time: datetime
    expire_time: datetime | None = None
    """None: never."""

    def is_live(self, now: datetime) -> bool:
        """Return whether it is still good for a call."""
        return self.expire_time is None or now < self.expire_time


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecret:
    """A secret as it is shown, once."""

    text: str = field(repr=False)
    """``ll_<12 letters>_<43 characters>``; the last part is 256 random bits in base64url."""
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyTerms:
    """What somebody asks of a new key.

    Raises:
        InvalidInput: On construction; names the broken field.
    """

    name: str
    grant: Grant
    lifetime: timedelta | None
    """None: until it is revoked."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= MAX_NAME or not self.name.isprintable() or not self.name.strip():
            raise InvalidInput.of("name", f"must be 1 to {MAX_NAME} printable characters")
        if self.lifetime is not None and not SHORTEST_LIFETIME <= self.lifetime <= LONGEST_LIFETIME:
            raise InvalidInput.of("lifetime", f"must be 1 second to {LONGEST_LIFETIME.days:,} days")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key by which a service of a tenant is known."""

    tenant: TenantId
    key_id: str
    """``ll_`` and eight letters; the secrets of the key begin with it."""
    name: str
    grant: Grant
    created_by: str
    create_time: datetime
    revoke_time: datetime | None = None
    secrets: tuple[StoredSecret, ...] = ()
    """Newest first."""

    @property
    def expire_time(self) -> datetime | None:
        """When the newest secret ends; None: never."""
        return self.secrets[0].expire_time if self.secrets else None

    def live_secrets(self, now: datetime) -> tuple[StoredSecret, ...]:
        """Return the secrets that are good for a call: at most two, none of a revoked key."""
        if self.revoke_time is not None:
            return ()
        return tuple(secret for secret in self.secrets if secret.is_live(now))

    def caller(self) -> Caller:
        """Return who a holder of the key is."""
        return Caller(
            tenant=self.tenant,
            actor=f"key:{self.key_id}",
            roles=self.grant.roles,
            owner_id=self.grant.owner_id,
        )


def new_key_id() -> str:
    """Return the id of a new key."""
    return MARK + _letters(_ID_LETTERS)


def new_secret(key_id: str) -> NewSecret:
    """Return a new secret of the key ``key_id``, from the system's randomness."""
    prefix = key_id.removeprefix(MARK) + _letters(_PREFIX_LETTERS - _ID_LETTERS)
    random = base64.urlsafe_b64encode(secrets.token_bytes(_SECRET_BYTES)).rstrip(b"=").decode("ascii")
    return NewSecret(text=f"{MARK}{prefix}_{random}", prefix=prefix)


def prefix_of(text: str) -> str | None:
    """Return the prefix by which a secret is looked up, None if the text cannot be one of ours."""
    found = _TEXT.fullmatch(text)
    return None if found is None else found[1]


def secret_digest(text: str, pepper: bytes) -> bytes:
    """Return what is kept of a secret.

    HMAC is enough, and a slow hash of passwords is not needed: 256 random bits cannot be guessed.
    """
    return hmac.digest(pepper, text.encode("utf-8"), hashlib.sha256)


def is_same_secret(kept: bytes, offered: bytes) -> bool:
    """Return whether two digests are equal, in a time that does not tell how far they are."""
    return hmac.compare_digest(kept, offered)


def _letters(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))
