"""One audit record, and the bytes its hash is made of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from core.identifiers import TenantId

MAX_TARGET = 4_096
"""Most characters of a target."""
MAX_REASON = 1_000
"""Most characters of a reason."""
MAX_NAME = 256
"""Most characters of an actor or a correlation id."""


class Decision(StrEnum):
    """Whether a privileged call was let through."""

    ALLOWED = "ALLOWED"
    DENIED = "DENIED"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """What is to be recorded of a privileged call. Nothing of its payload belongs here.

    Texts are shortened to their limits, and what no database can hold is replaced: an entry can always be stored.
    """

    tenant: TenantId
    actor: str
    action: str
    """What was called, for example ``ModelService/ActivateModelVersion``; ASCII, at most 128 characters."""
    target: str
    """What it was done to. The id of a person's record comes as a pseudonym, see :mod:`core.audit.pseudonym`."""
    decision: Decision
    reason: str
    """Why, in the caller's words; for a refusal, the reason of the error."""
    server_version: str
    correlation_id: str

    def __post_init__(self) -> None:
        limits = {"actor": MAX_NAME, "target": MAX_TARGET, "reason": MAX_REASON, "correlation_id": MAX_NAME}
        for name, limit in limits.items():
            object.__setattr__(self, name, _storable(getattr(self, name), limit))


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """A record as it is stored. It may have been tampered with: :func:`core.audit.chain.verify` tells."""

    tenant: str
    sequence: int
    """Place in the chain of the tenant, from 1."""
    record_time: datetime
    actor: str
    action: str
    target: str
    decision: str
    reason: str
    server_version: str
    correlation_id: str
    previous_hash: str
    """Hash of the record before, 64 hexadecimal digits; "" for the first."""
    hash: str

    def canonical(self) -> bytes:
        """Return what is hashed: a JSON object of every field but the two hashes.

        ASCII, keys sorted, no spaces; the time is ISO 8601 in UTC with microseconds.
        """
        content = {name: getattr(self, name) for name in _HASHED}
        content["record_time"] = self.record_time.astimezone(UTC).isoformat(timespec="microseconds")
        # What a type of the database lets through where text belongs must not stop a verification.
        return json.dumps(content, sort_keys=True, separators=(",", ":"), default=repr).encode("ascii")

    def computed_hash(self) -> str:
        """Return the SHA-256 over (previous hash, canonical bytes), 64 hexadecimal digits."""
        return hashlib.sha256(str(self.previous_hash).encode("utf-8", "surrogatepass") + self.canonical()).hexdigest()


_HASHED = (
    "tenant",
    "sequence",
    "actor",
    "action",
    "target",
    "decision",
    "reason",
    "server_version",
    "correlation_id",
)


def _storable(text: str, limit: int) -> str:
    cleaned = text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"
