"""What is told to those who watch answers, off the response path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.features.declaration import Row
from core.identifiers import TenantId
from core.lead import Lead
from core.scoring.model import ScoringModel
from core.scoring.model_runs import Told


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedAnswer:
    """One answer of a model."""

    tenant: TenantId
    model: ScoringModel
    lead: Lead
    row: Row
    """The vector it was computed from: float32 (n_features,)."""
    probability: float
    """What the version said; the online learner may have shown another."""
    token_id: str
    score_time: datetime
    seconds: float = 0.0
    """What features and graph took; of a batch each lead's part."""
    told: Told | None = None
    """What the version was told of the lead's behaviour; None if it does not look at it."""


Watcher = Callable[[ServedAnswer], None]
"""Is told of every answer of a model. Must return within microseconds and never raise."""
