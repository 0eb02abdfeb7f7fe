"""Messages under lock: AES-256-GCM with a key of each lead, which is locked with the operator's key.

Each ciphertext is bound to its place (NIST SP 800-38D, additional authenticated data): moved to another lead, another
conversation or another index it cannot be opened. Without the row that holds the lead's key nobody can read its
messages any more, wherever copies of them are.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.conversation.stored import ConversationName
from core.errors import InvalidInput, WrongState
from core.identifiers import LeadId, TenantId

KEY_BYTES = 32
_NONCE_BYTES = 12
"""Drawn by chance: good for 2^32 messages of one key (SP 800-38D, 8.3)."""
_PERSON = b"leadline-message"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedKey:
    """The key of a lead as it is stored."""

    key_id: str
    """Names the operator's key that it is locked with."""
    wrapped_key: bytes
    """Nonce and ciphertext."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedMessage:
    """A message as it is stored."""

    nonce: bytes
    ciphertext: bytes


class LeadKey:
    """The key of one lead.

    Args:
        key: 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, name: ConversationName, index: int, message: bytes) -> SealedMessage:
        """Return a message locked to its place."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return SealedMessage(nonce=nonce, ciphertext=self._cipher.encrypt(nonce, message, _place(*name, index)))

    def open(self, name: ConversationName, index: int, sealed: SealedMessage) -> bytes:
        """Return the message.

        Raises:
            WrongState: CONVERSATION_DAMAGED if it is not what was sealed for this place with this key.
        """
        try:
            return self._cipher.decrypt(sealed.nonce, sealed.ciphertext, _place(*name, index))
        except (InvalidTag, ValueError):
            raise _damaged() from None


class MessageSealing:
    """Locks and unlocks the keys of leads.

    Args:
        operator_keys: 32 bytes each. The first one locks; the others unlock what was locked before it came.

    Raises:
        InvalidInput: If there is none, or one is not 32 bytes.
    """

    def __init__(self, operator_keys: Sequence[bytes]) -> None:
        if not operator_keys or any(len(key) != KEY_BYTES for key in operator_keys):
            raise InvalidInput.of("operator_keys", f"must be one or more of {KEY_BYTES} bytes")
        self._ciphers = {key_id_of(key): AESGCM(key) for key in operator_keys}
        self.key_id = key_id_of(operator_keys[0])
        """Of the key that locks."""

    def make_key(self, tenant: TenantId, lead_id: LeadId) -> tuple[LeadKey, LockedKey]:
        """Return a new key of a lead, as it is used and as it is stored."""
        key = secrets.token_bytes(KEY_BYTES)
        return LeadKey(key), self._lock(tenant, lead_id, key)

    def open_key(self, tenant: TenantId, lead_id: LeadId, locked: LockedKey) -> LeadKey:
        """Return the key of a lead.

        Raises:
            WrongState: CONVERSATION_KEY_UNKNOWN if it is locked with a key that is not among ours;
                CONVERSATION_DAMAGED if it is not what was stored for this lead.
        """
        return LeadKey(self._unlock(tenant, lead_id, locked))

    def lock_again(self, tenant: TenantId, lead_id: LeadId, locked: LockedKey) -> LockedKey:
        """Return the same key locked with the operator's first key; raises as :meth:`open_key`."""
        return self._lock(tenant, lead_id, self._unlock(tenant, lead_id, locked))

    def _lock(self, tenant: TenantId, lead_id: LeadId, key: bytes) -> LockedKey:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        wrapped = self._ciphers[self.key_id].encrypt(nonce, key, _place(tenant, lead_id))
        return LockedKey(key_id=self.key_id, wrapped_key=nonce + wrapped)

    def _unlock(self, tenant: TenantId, lead_id: LeadId, locked: LockedKey) -> bytes:
        cipher = self._ciphers.get(locked.key_id)
        if cipher is None:
            message = f"messages of this lead need the operator's key {locked.key_id}, which is not set"
            raise WrongState("CONVERSATION_KEY_UNKNOWN", message, key_id=locked.key_id)
        nonce, wrapped = locked.wrapped_key[:_NONCE_BYTES], locked.wrapped_key[_NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, wrapped, _place(tenant, lead_id))
        except (InvalidTag, ValueError):
            raise _damaged() from None


def key_id_of(key: bytes) -> str:
    """Return what an operator's key is called: 64 bits that say nothing of it."""
    return hashlib.blake2b(key, digest_size=8, person=_PERSON).hexdigest()


def _damaged() -> WrongState:
    return WrongState("CONVERSATION_DAMAGED", "what is stored of this conversation is not what was written")


def _place(*parts: str | int) -> bytes:
    return json.dumps(parts, separators=(",", ":")).encode("ascii")
