"""Says in words what a fit made: the content of its model card."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from core.explain import TreeEnsemble, TreeExplainer
from core.features.behavior import has_events
from core.features.declaration import FeatureGroup
from core.identifiers import VersionName
from core.scoring.reasons import reason_index
from training.artifact import VersionFacts
from training.booster import booster_json
from training.card import CardContent
from training.evaluation import Evaluation
from training.leaks import LeakFinding
from training.pipeline import FittedScorer
from training.table import LeadTable

PROTOCOL = (
    "The recipe was fitted on the older leads and measured on the newest ones, which took part in nothing else. "
    "The served version is the same recipe fitted on all of them."
)
_EXPLAINED_ROWS = 1_000
_FEW_LEADS = 1_000


def card_content(  # noqa: PLR0917  one card, all of its sources
    name: VersionName,
    table: LeadTable,
    fitted: FittedScorer,
    evaluation: Evaluation,
    facts: VersionFacts,
    leaks: tuple[LeakFinding, ...],
    create_time: datetime,
) -> CardContent:
    """Return what the model card of a version says."""
    return CardContent(
        version=name,
        create_time=create_time,
        source=table.source,
        data_fingerprint=facts.data_fingerprint,
        training_sample_count=len(fitted.rows),
        training_start_time=facts.training_start_time,
        training_end_time=facts.training_end_time,
        base_rate=facts.base_rate,
        feature_count=len(fitted.feature_set),
        parameters=facts.parameters,
        protocol=PROTOCOL,
        verdict=evaluation.verdict.reason,
        metrics=facts.metrics,
        threshold=facts.threshold,
        holdout_outcomes=evaluation.outcomes,
        holdout_probabilities=evaluation.probabilities,
        importance=_importance(fitted),
        curve=evaluation.curve,
        leaks=leaks,
        limits=_limits(table, fitted),
        behavior=_behavior(table, fitted),
    )


def _importance(fitted: FittedScorer) -> dict[str, float]:
    """Return each reason's share of the mean absolute contribution over up to 1,000 training rows."""
    index = reason_index(fitted.feature_set)
    explainer = TreeExplainer.build(TreeEnsemble.from_xgboost_json(booster_json(fitted.booster)))
    chosen = np.unique(np.linspace(0, len(fitted.rows) - 1, _EXPLAINED_ROWS).astype(int))
    phi = explainer.contributions_batch(fitted.rows[chosen])
    belongs = index.reason_of_feature[:, None] == np.arange(len(index.names))
    means = np.abs(phi @ belongs).mean(axis=0)
    shares = means / means.sum() if means.sum() else means
    return dict(zip(index.names, shares.tolist(), strict=True))


def _behavior(table: LeadTable, fitted: FittedScorer) -> str:
    """Return what behaviour features there are and as of when, in a sentence or two; "" if there are none."""
    count = sum(feature.group is FeatureGroup.BEHAVIOR for feature in fitted.feature_set.features)
    if not count or table.behavior is None:
        return ""
    active = sum(map(has_events, table.behavior))
    return (
        f"{count:,} features tell what a lead did; {active:,} of {len(table.leads):,} leads had events. "
        "Each row holds only events that were recorded before the moment its lead was to be scored, as at serving. "
        "A lead without events, or whose events cannot be looked up, is scored as one that did nothing yet."
    )


def _limits(table: LeadTable, fitted: FittedScorer) -> tuple[str, ...]:
    limits = [
        "It ranks leads like those it was trained on; other markets, sources or periods need other leads.",
        "Only leads that were worked have outcomes: what it says of leads nobody would have called is extrapolation.",
        "Reasons say what moved the score, not what would change the lead.",
    ]
    if len(fitted.rows) < _FEW_LEADS:
        limits.append(f"{len(fitted.rows):,} leads are few: the order of leads is better than their probabilities.")
    if any(moment is None for moment in table.moments):
        limits.append("The data has no clock: age and time of posting take no part, and order stood in for time.")
    return tuple(limits)
