"""Runs of training, and what they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from leadline.model import Metric
from leadline.score import Interval


class TrainingRunState(Enum):
    """Where a run stands."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    """Ended with a version."""
    FAILED = "failed"
    """Ended without one, or given up; then the run names the version it had registered by then, if any."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


class TrainingDecision(Enum):
    """What became of the version that a run made."""

    UNSPECIFIED = "none"
    PROMOTED = "promoted"
    KEPT_AS_SHADOW = "kept_as_shadow"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainingTrigger:
    """What one trigger of retraining saw."""

    name: str
    fires: bool
    """With the evidence it needs."""
    raw_rule_fires: bool
    """What the plain rule says, without asking how sure it is."""
    value: float
    interval: Interval | None
    threshold: float
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """Quality of one contender on the newest leads with outcomes."""

    name: str
    """``challenger``, ``champion``, ``base_rate`` or ``last_window_rate``."""
    version: str
    metrics: tuple[Metric, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRun:
    """One run."""

    run_id: str
    kind: str
    state: TrainingRunState
    decision: TrainingDecision
    reason: str
    """Why it was asked for."""
    outcome: str
    """Why it ended as it did."""
    requested_by: str
    force: bool
    trigger_window: str
    triggers: tuple[RetrainingTrigger, ...]
    doing: str
    progress: float
    """In [0, 1]."""
    attempt: int
    version: str
    """Empty if it made none."""
    evidence: Mapping[str, str]
    contenders: tuple[Contender, ...]
    create_time: datetime | None
    start_time: datetime | None
    end_time: datetime | None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in {TrainingRunState.SUCCEEDED, TrainingRunState.FAILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainingAnswer:
    """What became of a request to train."""

    run: TrainingRun | None
    """None if no trigger fires, or something holds a run back, and it was not forced."""
    triggers: tuple[RetrainingTrigger, ...]
    reason: str
    """What the policy says of it, in a sentence; of a repeated request, the reason its run was asked for."""
