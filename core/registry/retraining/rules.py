"""What an operator can set about retraining."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainingRules:
    """When to train anew, and when a challenger may serve."""

    check_every: timedelta = timedelta(hours=1)
    """Length of a trigger window: at most one run is asked for in each."""
    oldest: timedelta = timedelta(days=7)
    min_new_labels: int = 50
    min_samples: int = 100
    f1_drop: float = 0.05
    """Relative drop of F1 at which the plain rule fires."""
    confidence: float = 0.95
    """One-sided level at which a drop, drift or a gain counts as real."""
    min_spacing: timedelta = timedelta(hours=6)
    """Shortest time between the begin of two runs that nobody forced."""
    max_runs_per_day: int = 4
    outcome_window: timedelta = timedelta(days=30)
    """How long a lead may stay without an outcome before it counts as lost."""
    auc_margin: float = 0.01
    """How much less AUC a challenger may have."""
    calibration_margin: float = 0.01
    """How much more calibration error a challenger may have."""
