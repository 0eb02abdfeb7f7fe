"""Who did what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class AuditDecision(Enum):
    """Whether a privileged call was let through."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One privileged call. Records of a tenant form a chain: each holds the hash of the one before."""

    sequence: int
    """Place in the chain, from 1."""
    record_time: datetime | None
    actor: str
    action: str
    """For example ``ModelService/ActivateModelVersion``."""
    target: str
    """What it was done to; ids of people are pseudonyms."""
    decision: AuditDecision
    reason: str
    server_version: str
    correlation_id: str
    previous_hash: str
    """SHA-256 of the record before, hexadecimal; empty for the first."""
    hash: str
