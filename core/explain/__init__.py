"""Why a score is what it is: exact contributions of features, in points of the score."""

from core.explain.ensemble import TreeEnsemble
from core.explain.explainer import TreeExplainer
from core.explain.points import EVERYTHING_ELSE, Explanation, Reason, ReasonIndex, explain_points

__all__ = [
    "EVERYTHING_ELSE",
    "Explanation",
    "Reason",
    "ReasonIndex",
    "TreeEnsemble",
    "TreeExplainer",
    "explain_points",
]
