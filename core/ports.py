"""What the domain needs from the outside, as Protocols. Adapters in ``core.adapters`` implement them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from core.caller import Caller
from core.identifiers import LeadId, TenantId, VersionName
from core.lead import Lead, LeadWrite, StoredLead
from core.version import ActivePointer, ModelEvent, ModelVersion, ShadowPointer

T = TypeVar("T")

Clock = Callable[[], datetime]
"""Returns the present moment, aware, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list. ``next_key`` is None on the last page."""

    items: tuple[T, ...]
    next_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsertCounts:
    """What a write of leads did."""

    created: int
    updated: int


class LeadStore(Protocol):
    """Keeps leads, every revision of them, and their outcomes. A call that returns has committed."""

    def upsert(self, caller: Caller, request_id: str, writes: Sequence[LeadWrite]) -> UpsertCounts:
        """Write all leads in one transaction.

        The same ``request_id`` again gives the first answer without a second effect. The leads of a seller are the
        seller's own: the owner is filled in.

        Raises:
            InvalidInput: If a seller names another owner.
            NotFound: If a seller writes a lead of somebody else; nothing is written.
            AlreadyExists: If ``request_id`` was used for another body.
        """

    def get(self, tenant: TenantId, lead_id: LeadId) -> StoredLead:
        """Return the newest revision.

        Raises:
            NotFound: If the tenant has no such lead.
        """

    def list(self, tenant: TenantId, *, limit: int, after: str | None, owner_id: str | None) -> Page[StoredLead]:
        """Return up to ``limit`` leads with ids above ``after``, ordered by id."""

    def labelled(self, tenant: TenantId) -> Iterator[StoredLead]:
        """Yield every lead with an outcome, ordered by (outcome_time, lead_id)."""

    def outcome_revision(self, tenant: TenantId) -> int:
        """Return a number that rises whenever an outcome of the tenant is written or changed."""


class RegistryStore(Protocol):
    """Keeps registry rows, the event log and the active pointers. A call that returns has committed."""

    def register(self, caller: Caller, request_id: str, version: ModelVersion, reason: str) -> ModelVersion:
        """Add a version with its metrics and its REGISTERED and VALIDATED events.

        Raises:
            AlreadyExists: If the name or ``request_id`` is taken by something else.
        """

    def get(self, tenant: TenantId, kind: str, version: VersionName) -> ModelVersion:
        """Return one version.

        Raises:
            NotFound: If the tenant has no such version.
        """

    def list(self, tenant: TenantId, kind: str, *, limit: int, after: str | None) -> Page[ModelVersion]:
        """Return up to ``limit`` versions, newest first, after the page key ``after``."""

    def active(self, tenant: TenantId, kind: str) -> ActivePointer | None:
        """Return the active pointer, or None if no version ever served."""

    def activate(
        self,
        caller: Caller,
        request_id: str,
        kind: str,
        version: VersionName,
        *,
        expected: str | None,
        reason: str,
        evidence: Mapping[str, str] | None = None,
    ) -> ActivePointer:
        """Move the active pointer by compare-and-swap and log ACTIVATED, with what the decision rests on.

        ``expected`` is the version that must be active now, "" for none, None for any. A version that was in the
        shadow is there no more.

        Raises:
            NotFound: If there is no such version.
            WrongState: If the version is retired.
            VersionConflict: If another version is active than expected.
        """

    def rollback(
        self, caller: Caller, request_id: str, kind: str, *, expected: str | None, reason: str
    ) -> ActivePointer:
        """Move the pointer to the version that served before and log ROLLED_BACK.

        Raises:
            WrongState: NO_PREVIOUS_VERSION if there is none.
            VersionConflict: If another version is active than expected.
        """

    def shadow(self, tenant: TenantId, kind: str) -> ShadowPointer | None:
        """Return the shadow pointer, or None if no version scores in the shadow."""

    def set_shadow(
        self,
        caller: Caller,
        request_id: str,
        kind: str,
        version: VersionName,
        *,
        reason: str,
        evidence: Mapping[str, str] | None = None,
    ) -> ShadowPointer:
        """Let a version score in the shadow in place of the one that does, and log SHADOWED.

        Raises:
            NotFound: If there is no such version.
            WrongState: If the version is retired, or serves.
        """

    def clear_shadow(self, caller: Caller, request_id: str, kind: str, *, reason: str) -> VersionName | None:
        """Let no version score in the shadow, and return the one that did.

        Raises:
            AlreadyExists: If ``request_id`` was used for another request.
        """

    def retire(
        self, caller: Caller, request_id: str, kind: str, versions: Sequence[VersionName], reason: str
    ) -> Sequence[ModelVersion]:
        """Mark versions RETIRED and log it; skips the active, previous and shadow one. Returns those it retired."""

    def events(
        self, tenant: TenantId, kind: str, *, limit: int, after: str | None, version: VersionName | None
    ) -> Page[ModelEvent]:
        """Return up to ``limit`` events, newest first, after the page key ``after``."""

    def active_at(self, tenant: TenantId, kind: str, moment: datetime) -> VersionName | None:
        """Return the version that was active at ``moment``."""


class ArtifactStore(Protocol):
    """Keeps immutable, content-addressed folders of files."""

    def write(self, digest: str, files: Mapping[str, bytes]) -> None:
        """Store a folder under its digest, atomically and durably. Storing the same folder twice is harmless."""

    def read(self, digest: str) -> Mapping[str, bytes]:
        """Return every file of a folder.

        Raises:
            NotFound: If there is no such folder.
        """

    def delete(self, digest: str) -> int:
        """Remove a folder and return the bytes freed; 0 if there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """One served answer, as logged."""

    tenant: TenantId
    lead_id: LeadId
    version: VersionName
    source: str
    score: float
    """What was shown, in [0, 100]."""
    probability: float
    """What the version said, in [0, 1]: score / 100 unless the online learner moved the score."""
    score_time: datetime
    token_id: str
    features: bytes
    """The served vector: float32, little endian, in feature order. Empty where no model answered."""


class PredictionStore(Protocol):
    """Keeps served answers."""

    def append(self, predictions: Sequence[Prediction]) -> None:
        """Write a batch."""


class Predictor(Protocol):
    """Runs the ONNX graph of a version."""

    def predict(self, rows: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return (calibrated probability, raw margin), each (n,), for rows (n, n_features)."""


class LeadLookup(Protocol):
    """Reads one stored lead."""

    def get(self, tenant: TenantId, lead_id: LeadId) -> StoredLead:
        """See :class:`LeadStore`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheKey:
    """What a cached value is the answer to. Two keys are equal only if the answer must be."""

    kind: str
    """What the value is, for example ``stored_lead``; one cache may hold several."""
    tenant: TenantId
    subject: str
    """What it is about, for example a lead; what can be forgotten by itself."""
    version: str = ""
    """Model version the value comes from, "" where none had a part in it."""
    feature_set: str = ""
    """Hash of its feature set."""
    content: str = ""
    """Hash of whatever else went in."""


class Cache(Protocol):
    """Keeps values that could be worked out anew. Nothing here raises: what does not work is a miss."""

    def get(self, key: CacheKey) -> bytes | None:
        """Return the value, None without one. A value that is not exactly what was put is none."""

    def put(self, key: CacheKey, value: bytes) -> None:
        """Keep a value for a while, if it is not too large and everything works."""

    def forget(self, tenant: TenantId, subject: str = "") -> bool:
        """Let go of what is about a subject, of everything of the tenant without one.

        Returns:
            Whether it is sure that nothing is left.
        """


class CacheMetrics(Protocol):
    """Counts look-ups by kind and level: ``l1`` is the memory of the process, ``l2`` is Redis."""

    def hit(self, kind: str, level: str) -> None:
        """Count an answer from the cache."""

    def miss(self, kind: str, level: str) -> None:
        """Count a look-up that found nothing usable."""

    def error(self, kind: str, level: str) -> None:
        """Count a look-up or a write that failed."""

    def poisoned(self, kind: str, level: str) -> None:
        """Count a value that was not what had been put; a miss as well."""


__all__ = [
    "ArtifactStore",
    "Cache",
    "CacheKey",
    "CacheMetrics",
    "Clock",
    "Lead",
    "LeadLookup",
    "LeadStore",
    "Page",
    "Prediction",
    "PredictionStore",
    "Predictor",
    "RegistryStore",
    "UpsertCounts",
]
