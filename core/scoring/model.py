"""A model version ready to score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from core.behavior.scaling import FeatureScaling
from core.explain.explainer import TreeExplainer
from core.explain.points import Explanation, ReasonIndex, explain_points
from core.features.behavior import BehaviorValues
from core.features.feature_set import FeatureSet, Matrix
from core.lead import Lead
from core.monitoring.reference import Reference
from core.ports import Predictor
from core.scoring.interval import VennAbersSteps
from core.scoring.reasons import MissingReasons, reason_index, value_text
from core.scoring.result import Contribution, ProbabilityInterval
from core.version import ModelVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class BasePoint:
    """Where explanations start: the probability at the expected margin, and how steep the calibration is there."""

    probability: float
    slope: float
    """Change of probability per unit of margin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredRow:
    """What the graph says of one vector."""

    probability: float
    margin: float
    interval: ProbabilityInterval


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringModel:
    """Features, graph, interval and explanation of one version. Immutable, safe to share between threads."""

    version: ModelVersion
    feature_set: FeatureSet
    predictor: Predictor
    explainer: TreeExplainer
    steps: VennAbersSteps
    base: BasePoint
    reference: Reference | None = None
    """What it saw in training, for drift to be told from."""
    scaling: FeatureScaling | None = None
    """The ranges of the behaviour features in training; None without behaviour."""
    index: ReasonIndex = field(init=False)
    missing: MissingReasons = field(init=False)

    def __post_init__(self) -> None:
        index = reason_index(self.feature_set)
        object.__setattr__(self, "index", index)
        object.__setattr__(self, "missing", MissingReasons(self.feature_set, index))

    def rows(
        self,
        leads: Sequence[Lead],
        moment: datetime,
        behavior: Sequence[BehaviorValues | None] | None = None,
    ) -> Matrix:
        """Return the vectors of leads as of ``moment``: float32 (n, n_features).

        Args:
            leads: The leads.
            moment: When they are judged.
            behavior: What each did up to then, None: not known; None for all: of none.
        """
        if len(leads) == 1:
            return self.feature_set.vector(leads[0], moment, None if behavior is None else behavior[0])[None, :]
        return self.feature_set.matrix(leads, [moment] * len(leads), behavior=behavior)

    def score(self, rows: Matrix) -> list[ScoredRow]:
        """Run the graph over vectors (n, n_features)."""
        probabilities, margins = self.predictor.predict(rows)
        interval = self.steps.interval
        return [
            ScoredRow(probability=probability, margin=margin, interval=interval(margin, probability))
            for probability, margin in zip(probabilities.tolist(), margins.tolist(), strict=True)
        ]

    def explain(
        self,
        lead: Lead,
        row: npt.NDArray[np.float32],
        scored: ScoredRow,
        limit: int,
        behavior: BehaviorValues | None = None,
    ) -> tuple[Explanation, tuple[Contribution, ...]]:
        """Return the explanation of one scored vector, and its ``limit`` strongest reasons in words."""
        explanation = explain_points(
            phi=self.explainer.contributions(row),
            base_margin=self.explainer.base_margin,
            margin=scored.margin,
            base_score=100.0 * self.base.probability,
            score=100.0 * scored.probability,
            slope=100.0 * self.base.slope,
            index=self.index,
            missing=self.missing.of(lead, row, behavior),
            limit=limit,
        )
        contributions = tuple(
            Contribution(
                feature=reason.name,
                group=reason.group,
                points=reason.points,
                value_text=value_text(self.feature_set, self.index, reason.index, lead, row, behavior),
            )
            for reason in explanation.reasons
        )
        return explanation, contributions
