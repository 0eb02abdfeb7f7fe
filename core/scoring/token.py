"""The attribution token: what was shown, signed, so that feedback joins to it even when a log line was lost."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from core.errors import InvalidInput

_VERSION = "1"
_SEPARATOR = "\x1f"
_FIELD_COUNT = 9
_SIGNATURE_BYTES = 16
_ID_BITS = 96
_HASH_BLOCK_BYTES = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """What one answer showed."""

    token_id: str
    tenant: str
    lead_id: str
    model_version: str
    source: str
    score: float
    score_time: datetime
    """Microsecond precision."""
    experiment: str = ""
    variant: str = ""


def new_token_id(random: Random) -> str:
    """Return an id of 96 random bits, 24 hexadecimal digits.

    Args:
        random: Seeded by the system once for each process. Asking the system for every answer lets go of the
            interpreter's lock, and under load the answer then waits for the other threads.
    """
    return f"{random.getrandbits(_ID_BITS):0{_ID_BITS // 4}x}"


class TokenSigner:
    """Signs and reads attribution tokens with HMAC-SHA-256, truncated to 128 bits (RFC 2104, section 5).

    Args:
        secret: At least 32 bytes, shared by every server process.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:  # noqa: PLR2004  256 bits, the output of the hash
            raise InvalidInput.of("token_secret", "must be at least 32 bytes")
        # RFC 2104, section 4: what the key does to both hashes is worked out once. hmac.digest would do it each time,
        # and lets go of the interpreter's lock.
        key = hashlib.sha256(secret).digest() if len(secret) > _HASH_BLOCK_BYTES else secret
        key = key.ljust(_HASH_BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key))

    def sign(self, shown: Attribution) -> str:
        """Return the token: URL-safe text."""
        micros = (shown.score_time - _EPOCH) // _MICROSECOND
        payload = (
            f"{_VERSION}\x1f{shown.token_id}\x1f{shown.tenant}\x1f{shown.lead_id}\x1f{shown.model_version}"
            f"\x1f{shown.source}\x1f{shown.score:.6f}\x1f{micros}\x1f{shown.experiment}\x1f{shown.variant}"
        ).encode()
        return base64.urlsafe_b64encode(self._signature(payload) + payload).decode("ascii")

    def read(self, token: str) -> Attribution:
        """Return what a token says.

        Raises:
            InvalidInput: If it was not signed with this secret, or was changed.
        """
        try:
            raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError, ValueError) as problem:
            raise _unreadable() from problem
        if base64.urlsafe_b64encode(raw).decode("ascii") != token:  # another spelling of the same bytes
            raise _unreadable()
        signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(payload)):
            raise _unreadable()
        version, *fields = payload.decode().split(_SEPARATOR)
        if version != _VERSION or len(fields) != _FIELD_COUNT:
            raise _unreadable()
        token_id, tenant, lead_id, model_version, source, score, micros, experiment, variant = fields
        return Attribution(
            token_id=token_id,
            tenant=tenant,
            lead_id=lead_id,
            model_version=model_version,
            source=source,
            score=float(score),
            score_time=_EPOCH + int(micros) * _MICROSECOND,
            experiment=experiment,
            variant=variant,
        )

    def _signature(self, payload: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(payload)
        outer.update(inner.digest())
        return outer.digest()[:_SIGNATURE_BYTES]


def _unreadable() -> InvalidInput:
    return InvalidInput.of("attribution_token", "must be a token this service gave out")
