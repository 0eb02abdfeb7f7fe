"""Figures of quality, each with how sure it is, on leads the model has not seen."""

from core.evaluation.bootstrap import bootstrap_metrics, paired_bootstrap
from core.evaluation.decisions import best_f1_threshold
from core.evaluation.metrics import METRIC_NAMES, auc, ece, evaluate, log_loss
from core.evaluation.verdict import Verdict, beats_base_rate

__all__ = [
    "METRIC_NAMES",
    "Verdict",
    "auc",
    "beats_base_rate",
    "best_f1_threshold",
    "bootstrap_metrics",
    "ece",
    "evaluate",
    "log_loss",
    "paired_bootstrap",
]
