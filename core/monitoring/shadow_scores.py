"""What a challenger in the shadow would have answered, beside what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.identifiers import LeadId, TenantId, VersionName


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowScore:
    """Two answers about one lead at one moment."""

    tenant: TenantId
    version: VersionName
    """In the shadow."""
    token_id: str
    """Of the answer that was given."""
    lead_id: LeadId
    served_version: VersionName
    served_probability: float
    """What the serving version said, before any correction, in [0, 1]."""
    probability: float
    """What the shadow says, in [0, 1]."""
    served_seconds: float
    """What the serving version took for features and graph; of a batch each lead's part."""
    seconds: float
    """What the shadow took for the same."""
    score_time: datetime


class ShadowStore(Protocol):
    """Keeps them."""

    def append(self, scores: Sequence[ShadowScore]) -> None:
        """Write a batch; what is there already is left as it is."""

    def newest(self, tenant: TenantId, version: str, served_version: str, *, limit: int) -> Sequence[ShadowScore]:
        """Return up to ``limit`` of the newest scores beside answers of ``served_version``, oldest first."""

    def prune(self, tenant: TenantId, before: datetime) -> int:
        """Forget scores of answers that were given before a moment; return how many."""
