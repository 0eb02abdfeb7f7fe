"""One run of training: asked for once, begun until it ends, with everything its decision rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.identifiers import TenantId, VersionName
from core.version import Metric


class RunState(StrEnum):
    """Where a run stands."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RunDecision(StrEnum):
    """What became of the version that a run made."""

    NONE = ""
    PROMOTED = "promoted"
    KEPT_AS_SHADOW = "kept_as_shadow"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerReading:
    """What one trigger of retraining saw."""

    name: str
    """AGE, NEW_LABELS, PERFORMANCE, DRIFT, CALIBRATION or SAMPLES."""
    fires: bool
    """With the evidence it needs."""
    raw_rule_fires: bool
    """What the plain rule says, without asking how sure it is."""
    value: float
    threshold: float
    message: str
    """A sentence for a person."""
    lower: float | None = None
    upper: float | None = None
    level: float | None = None
    """Of the interval [lower, upper], in (0, 1); None where the value is a count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """Quality of one contender on the newest leads with outcomes."""

    name: str
    """``challenger``, ``champion``, ``baseline``, ``base_rate`` or ``last_window_rate``."""
    version: str
    """"" for a constant."""
    metrics: tuple[Metric, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRequest:
    """What a run is to do."""

    kind: str
    reason: str
    force: bool = False
    validation_split: float = 0.5
    """Newest share of the labels to measure on, 0.05 to 0.5."""
    parameters: Mapping[str, float] = field(default_factory=dict)
    """Hyperparameters in place of the defaults."""
    trigger_window: str
    """There is one run for each (tenant, kind, window)."""
    triggers: tuple[TriggerReading, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedVersion:
    """What a run is about to do with the version it made: written down before it is done.

    Whoever goes on after a worker that was lost finds it, and does what is left to do.
    """

    version: VersionName
    champion: str
    """The version it was compared with; "" if none served."""
    decision: RunDecision
    reason: str
    evidence: Mapping[str, str]
    contenders: tuple[Contender, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRun:
    """A run as kept."""

    tenant: TenantId
    run_id: str
    request: TrainingRequest
    requested_by: str
    state: RunState
    decision: RunDecision
    outcome: str
    """Why it ended as it did, in a sentence; "" before."""
    doing: str
    progress: float
    """In [0, 1]."""
    attempt: int
    """How often it was begun."""
    version: VersionName
    """"" if it made none. A run that was given up may have registered one all the same."""
    evidence: Mapping[str, str]
    contenders: tuple[Contender, ...]
    create_time: datetime
    start_time: datetime | None
    end_time: datetime | None
    prepared: PreparedVersion | None = None
    """Set while the run is under way, once it knows what it will do."""
