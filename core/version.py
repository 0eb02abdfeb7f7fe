"""A model version: its manifest, its registry row and the events about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from core.identifiers import VersionName

LEAD_SCORE = "lead_score"
"""The kind of the model that scores leads."""
ONLINE_CORRECTION = "online_correction"
"""The kind of what the online learner says about a lead-score version."""
RECOMMENDATION = "recommendation"
"""The kind of the model that recommends items."""
SENTIMENT = "sentiment"
INTENT = "intent"
URGENCY = "urgency"
BUYING_INTENT = "buying_intent"
OBJECTION = "objection"
DIALOGUE_ACT = "dialogue_act"
HEAD_KINDS = (SENTIMENT, INTENT, URGENCY, BUYING_INTENT, OBJECTION, DIALOGUE_ACT)
"""The kinds of the models that read messages."""
NEXT_ACTION = "next_action"
"""The kind of the model that says what actions bring."""

MANIFEST_FILE = "manifest.json"
MODEL_FILE = "model.onnx"
VECTORIZER_FILE = "vectorizer.json"
EXPLAIN_FILE = "explain.npz"
INTERVAL_FILE = "interval.npz"
REFERENCE_FILE = "reference.npz"
GOLDEN_FILE = "golden.json"
REQUIRED_FILES = (MODEL_FILE, VECTORIZER_FILE, EXPLAIN_FILE, INTERVAL_FILE, REFERENCE_FILE, GOLDEN_FILE)
ONLINE_FILE = "online.json"
RECOMMENDER_FILE = "recommender.npz"
RECOMMENDER_ITEMS_FILE = "items.json"
RECOMMENDER_BLEND_FILE = "blend.json"
RECOMMENDATION_FILES = (RECOMMENDER_FILE, RECOMMENDER_ITEMS_FILE, RECOMMENDER_BLEND_FILE, GOLDEN_FILE)
HEAD_FILE = "head.json"
HEAD_FILES = (MODEL_FILE, HEAD_FILE, GOLDEN_FILE)
"""A head that looks at words also has ``vectorizer.json``."""
RANKER_FILE = "ranker.json"
RANKER_FILES = (MODEL_FILE, RANKER_FILE, GOLDEN_FILE)
_FILES_OF_KIND: Mapping[str, tuple[str, ...]] = {
    ONLINE_CORRECTION: (ONLINE_FILE,),
    RECOMMENDATION: RECOMMENDATION_FILES,
    **dict.fromkeys(HEAD_KINDS, HEAD_FILES),
    NEXT_ACTION: RANKER_FILES,
}


def required_files(kind: str) -> tuple[str, ...]:
    """Return the files that every version of a kind needs."""
    return _FILES_OF_KIND.get(kind, REQUIRED_FILES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One figure of quality, measured on ``sample_count`` leads the model had not seen."""

    name: str
    value: float
    lower: float | None = None
    upper: float | None = None
    level: float | None = None
    """Nominal level of the bootstrap interval [lower, upper], in (0, 1)."""
    sample_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigest:
    """One file of a version."""

    name: str
    sha256: str
    """Hexadecimal."""
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a version says about itself. Serialised as canonical JSON; its SHA-256 is the version's digest."""

    kind: str
    version: VersionName
    feature_set_hash: str
    feature_count: int
    training_sample_count: int
    base_rate: float
    training_start_time: datetime | None
    training_end_time: datetime | None
    data_fingerprint: str
    """SHA-256 over the training rows in order."""
    code_version: str
    threshold: float
    """Probability above which a lead counts as positive for F1, precision and recall; in [0, 1]."""
    metrics: tuple[Metric, ...]
    parameters: Mapping[str, str | int | float | bool]
    """Everything needed to repeat the training: hyperparameters, calibration method, protocol of evaluation."""
    parents: tuple[VersionName, ...]
    create_time: datetime
    files: tuple[FileDigest, ...]


class VersionState(Enum):
    """Where a version stands."""

    REGISTERED = "registered"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """A registered version."""

    manifest: Manifest
    digest: str
    """SHA-256 of the manifest's bytes, hexadecimal; also the name of the artefact folder."""
    state: VersionState
    created_by: str
    create_time: datetime
    """When it was registered."""


class ModelEventType(Enum):
    """What can happen to a version."""

    REGISTERED = "registered"
    VALIDATED = "validated"
    ACTIVATED = "activated"
    ROLLED_BACK = "rolled_back"
    RETIRED = "retired"
    SHADOWED = "shadowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEvent:
    """One entry of the append-only history."""

    event_id: int
    kind: str
    version: VersionName
    type: ModelEventType
    actor: str
    reason: str
    evidence: Mapping[str, str]
    event_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivePointer:
    """Which version of a kind serves. ``revision`` rises with every move."""

    version: VersionName
    digest: str
    previous: VersionName | None
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowPointer:
    """Which version of a kind scores beside the serving one without being shown."""

    version: VersionName
    digest: str
    reason: str
    start_time: datetime
