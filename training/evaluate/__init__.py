"""Figures of quality, each with how sure it is, on leads the model has not seen."""

from training.evaluate.bootstrap import bootstrap_metrics, paired_bootstrap
from training.evaluate.decisions import best_f1_threshold
from training.evaluate.learning_curve import CurvePoint, learning_curve
from training.evaluate.metrics import METRIC_NAMES, auc, ece, evaluate, log_loss
from training.evaluate.verdict import Verdict, beats_base_rate

__all__ = [
    "METRIC_NAMES",
    "CurvePoint",
    "Verdict",
    "auc",
    "beats_base_rate",
    "best_f1_threshold",
    "bootstrap_metrics",
    "ece",
    "evaluate",
    "learning_curve",
    "log_loss",
    "paired_bootstrap",
]
