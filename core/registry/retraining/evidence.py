"""What the policy is told, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from core.registry.training_run import Contender, RunDecision, TriggerReading

Floats = npt.NDArray[np.float64]
Outcomes = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedSample:
    """Leads that one version scored and whose outcome is known, in order of time."""

    outcomes: Outcomes
    """(n,)."""
    probabilities: Floats
    """What the version said, (n,), in [0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftEvidence:
    """What the newest drift check found."""

    check_time: datetime
    drifted_features: tuple[str, ...]
    score_drifted: bool
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInputs:
    """Everything a check looks at."""

    now: datetime
    champion_time: datetime | None
    """When the serving version was made; None if none serves."""
    champion_f1: float | None
    """F1 of its training figures."""
    champion_threshold: float
    """Probability above which a lead counts as positive."""
    label_count: int
    """Labels there are."""
    outcome_count: int
    """Labels among them that tell how a lead ended."""
    new_label_count: int
    """Labels that matured since the champion was made."""
    served: ServedSample
    """What the champion said of leads whose outcome matured since it was made."""
    drift: DriftEvidence | None
    run_times: tuple[datetime, ...] = ()
    """When runs of the last day were asked for that nobody forced."""
    new_since_last_decision: int | None = None
    """Labels that became known after those which the newest run saw that ended with a decision about this champion;
    None if none did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainingVerdict:
    """What the policy says of a check."""

    retrain: bool
    reason: str
    """A sentence for a person: which triggers fire, or why none does, or what holds a run back."""
    triggers: tuple[TriggerReading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionVerdict:
    """Whether a challenger may serve."""

    decision: RunDecision
    reason: str
    evidence: dict[str, str]
    """Name to figure, for the event log; for example ``p_better_log_loss``."""
    contenders: tuple[Contender, ...]
