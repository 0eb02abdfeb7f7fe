"""Fits, registers and, if that is proven to be right, activates a ranker of actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from core.actions.policy_value import PolicyReport, policy_value
from core.actions.ranker_features import encode
from core.actions.ranker_model import RankerModel
from core.actions.trials import Trial, Worth
from core.caller import Caller
from core.recommend.off_policy import Estimate, Proof
from core.registry.model_registry import ModelRegistry
from core.version import NEXT_ACTION, ModelVersion
from training.actions.fit import FittedRanker, RankerOptions, best_actions, fit_ranker, judged_log
from training.actions.nuisance import folds_of, predicted_apart
from training.actions.table import table_of
from training.progress import Report, silent

FEWEST_JUDGED = 100
"""Trials; with fewer a version is not judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the catalogue says of actions."""

    groups: Mapping[str, str]
    worths: Mapping[str, Worth]
    baseline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedRanker:
    """What came of a run."""

    version: ModelVersion
    fitted: FittedRanker
    is_proven: bool
    is_activated: bool
    reason: str


def train_ranker(
    registry: ModelRegistry,
    caller: Caller,
    request_id: str,
    trials: Sequence[Trial],
    known: Known,
    *,
    now: datetime,
    activate: bool = True,
    force: bool = False,
    report: Report = silent,
) -> TrainedRanker:
    """Fit a ranker on what came of actions, register it, and activate it if it is better beyond doubt.

    Args:
        registry: Of models.
        caller: Whose versions.
        request_id: Idempotency key.
        trials: Oldest first.
        known: What the catalogue says of actions.
        now: Creation time of the version, aware.
        activate: Whether a version that is proven better than the best constant action may serve at once.
        force: Let it serve whatever is proven.
        report: Told how far it is.

    Raises:
        TrainingRefused: If there is too little to learn from.
        AlreadyExists: If ``request_id`` stands for something else.
    """
    active = registry.active(caller.tenant, NEXT_ACTION)
    options = RankerOptions(baseline=_baseline(trials, known), parents=() if active is None else (active.version,))
    fitted = fit_ranker(trials, known.groups, known.worths, options, now=now, report=report)
    version = registry.register(caller, request_id, fitted.files, f"fitted on {len(trials):,} trials of actions")
    proven = is_proven(fitted.report)
    serves = force or (activate and proven)
    if serves:
        registry.activate(
            caller,
            f"{request_id}-activate",
            NEXT_ACTION,
            version.manifest.version,
            expected=None if active is None else active.version,
            reason=fitted.report.reason if proven else f"asked for, though {fitted.report.reason}",
            evidence=_evidence(fitted.report),
        )
    return TrainedRanker(
        version=version, fitted=fitted, is_proven=proven, is_activated=serves, reason=fitted.report.reason
    )


def is_proven(report: PolicyReport) -> bool:
    """Return whether a ranking is better than the best constant action, and not worse than what was logged."""
    return report.proof is Proof.BETTER and report.policy.proof is not Proof.WORSE


def judge_version(model: RankerModel, trials: Sequence[Trial], known: Known, *, seed: int = 42) -> PolicyReport | None:
    """Return what a version would have been worth; None if there are too few trials.

    Args:
        model: The version.
        trials: That it has not learned from, oldest first.
        known: What the catalogue says of actions.
        seed: Of the folds.
    """
    table = table_of(trials, known.groups, known.worths)
    if len(table.trials) < FEWEST_JUDGED or len(set(table.lead_ids)) < 2:  # noqa: PLR2004  to leave leads out
        return None
    rows = np.arange(len(table.trials))
    predicted = predicted_apart(table, folds_of(table, seed), rows)
    seen = np.stack([encode(model.parts.fields, trial.facts) for trial in table.trials])
    said = model.run(seen)[1]
    places = {action.action_id: place for place, action in enumerate(model.parts.actions)}
    # Of an action it has not learned of it says nothing: it puts it nowhere.
    known_places = [places.get(action_id) for action_id in table.action_ids]
    uplifts = np.stack(
        [np.full(rows.size, -1.0) if place is None else said[:, place].astype(float) for place in known_places], axis=1
    )
    return policy_value(judged_log(table, predicted), best_actions(table, uplifts, rows))


def _baseline(trials: Sequence[Trial], known: Known) -> str:
    table = table_of(trials, known.groups, known.worths)
    return known.baseline if known.baseline in table.action_ids else ""


def _evidence(report: PolicyReport) -> dict[str, str]:
    return {
        "gain_over_best_constant": _text(report.gain),
        "gain_over_logged": _text(report.policy.gain),
        "best_constant_action": report.constant_action,
    }


def _text(one: Estimate) -> str:
    return f"{one.value:.6g} [{one.lower:.6g}, {one.upper:.6g}]"
