"""What a model card tells, before it is put into words and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from core.version import Metric
from training.leaks import LeakFinding
from training.learning_curve import CurvePoint


@dataclass(frozen=True, slots=True, kw_only=True)
class CardContent:
    """Everything the card of one version says. Times are aware."""

    version: str
    create_time: datetime
    source: str
    """Name of the training data."""
    data_fingerprint: str
    """SHA-256 over the training rows, hexadecimal."""
    training_sample_count: int
    """Leads the served version was fitted on."""
    training_start_time: datetime | None
    training_end_time: datetime | None
    base_rate: float
    """Share of training leads that converted, in [0, 1]."""
    feature_count: int
    parameters: Mapping[str, str | int | float | bool]
    protocol: str
    """How the metrics were measured, in a sentence or two."""
    verdict: str
    """Whether the model knows more than the base rate, in a sentence."""
    metrics: tuple[Metric, ...]
    threshold: float
    """Probability from which a lead counts as positive, in [0, 1]."""
    holdout_outcomes: npt.NDArray[np.bool_]
    """(n,): of leads the measured model had not seen."""
    holdout_probabilities: npt.NDArray[np.float64]
    """(n,), in [0, 1]."""
    importance: Mapping[str, float]
    """Readable name of a group of features to its share of the mean absolute contribution; sums to 1."""
    curve: tuple[CurvePoint, ...] = ()
    leaks: tuple[LeakFinding, ...] = ()
    """Leaks that were found and allowed."""
    behavior: str = ""
    """What the features of leads' behaviour are and as of when, in a sentence or two; "" without them."""
    limits: tuple[str, ...] = ()
    """What the model must not be used for or cannot know, a sentence each."""
