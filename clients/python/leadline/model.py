"""Model versions and what happened to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from leadline.score import Interval


class ModelVersionState(Enum):
    """Where a version stands."""

    REGISTERED = "registered"
    ACTIVE = "active"
    RETIRED = "retired"
    """Its files are gone, its history stays."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


class ModelEventType(Enum):
    """What happened to a version."""

    REGISTERED = "registered"
    VALIDATED = "validated"
    ACTIVATED = "activated"
    ROLLED_BACK = "rolled_back"
    RETIRED = "retired"
    SHADOWED = "shadowed"
    """It began to score beside the serving version without being shown."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One figure of quality on leads the model had not seen."""

    name: str
    value: float
    interval: Interval | None
    sample_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionMetrics:
    """The figures of one version."""

    version: str
    metrics: tuple[Metric, ...]
    """Of its training, on leads it had not seen."""
    realised_metrics: tuple[Metric, ...] = ()
    """Of what it served in the window, on leads whose outcome is known."""
    expected_metrics: tuple[Metric, ...] = ()
    """Expected of what it served in the window, as long as its probabilities are calibrated."""
    start_time: datetime | None = None
    end_time: datetime | None = None
    served_count: int = 0
    labelled_count: int = 0
    training_sample_count: int = 0
    validation_sample_count: int = 0
    training_duration: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactFile:
    """One file of a version."""

    name: str
    sha256: str
    """Hexadecimal."""
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """An immutable model."""

    kind: str
    version: str
    state: ModelVersionState
    digest: str
    """SHA-256 of the manifest, hexadecimal."""
    feature_set_hash: str
    feature_count: int
    training_sample_count: int
    base_rate: float
    """Share of the training leads that converted, in [0, 1]."""
    training_start_time: datetime | None
    training_end_time: datetime | None
    metrics: tuple[Metric, ...]
    parent_versions: tuple[str, ...]
    files: tuple[ArtifactFile, ...]
    created_by: str
    create_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEvent:
    """One entry of the history of a kind."""

    event_id: int
    kind: str
    version: str
    type: ModelEventType
    actor: str
    reason: str
    evidence: Mapping[str, str]
    event_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """Which version serves now, and which did before."""

    version: ModelVersion
    previous_version: str
    """Empty if none did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneResult:
    """What a prune removed, or would remove."""

    pruned_versions: tuple[str, ...]
    kept_versions: tuple[str, ...]
    reclaimed_bytes: int
