"""Fits a ranker on trials, and says what it would have been worth."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version as distribution_version

import numpy as np

from core.actions.policy_value import JudgedLog, PolicyReport, policy_value
from core.actions.ranker_artifact import golden_content, parts_content
from core.actions.ranker_features import width_of
from core.actions.ranker_model import RankedAction, RankerParts
from core.actions.trials import Trial, Worth
from core.adapters.onnx_ranker import OnnxRanker
from core.identifiers import VersionName
from core.recommend.off_policy import Estimate
from core.registry.manifest import content_digest, manifest_to_json, version_name
from core.version import GOLDEN_FILE, MANIFEST_FILE, MODEL_FILE, NEXT_ACTION, RANKER_FILE, FileDigest, Manifest, Metric
from training.actions.effects import Learner, Recipe, choose_recipe, contrasts_of, slope_variances
from training.actions.graph import ranker_graph
from training.actions.nuisance import (
    FOLDS,
    doubly_robust_conversions,
    fit_outcomes,
    folds_of,
    predicted_apart,
)
from training.actions.table import Floats, Places, TrialTable, table_of
from training.progress import Report, silent
from training.refusal import TrainingRefused

FEWEST_TRIALS = 200
FEWEST_CONVERSIONS = 10
FEWEST_LEADS = 50
FEWEST_ACTIONS = 2
_GOLDEN_LEADS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class RankerOptions:
    """What can be chosen."""

    baseline: str = ""
    """What others are compared with; "" for the average of all."""
    seed: int = 42
    parents: tuple[VersionName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedRanker:
    """A ranker and what the log says of it."""

    files: Mapping[str, bytes]
    manifest: Manifest
    report: PolicyReport
    recipe: Recipe
    averages: Sequence[tuple[str, float, float]]
    """Action, uplift on average, and half the width of its 95 % interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Learned:
    table: TrialTable
    folds: Places
    baseline: int | None


def fit_ranker(
    trials: Sequence[Trial],
    groups: Mapping[str, str],
    worths: Mapping[str, Worth],
    options: RankerOptions | None = None,
    *,
    now: datetime,
    report: Report = silent,
) -> FittedRanker:
    """Fit a ranker.

    What it is worth is measured on leads that had no part in learning: the whole recipe is learned once for each fifth
    of the leads, without them, and puts an action first for each of their trials.

    Args:
        trials: Oldest first.
        groups: Of actions.
        worths: Of actions.
        options: What can be chosen.
        now: Creation time of the version, aware.
        report: Told how far it is.

    Raises:
        TrainingRefused: If there is too little to learn from.
    """
    chosen = options or RankerOptions()
    table = table_of(trials, groups, worths)
    _check(table, chosen)
    learned = _Learned(table=table, folds=folds_of(table, chosen.seed), baseline=_place(table, chosen.baseline))
    first, predicted = np.empty(len(table.trials), dtype=np.intp), np.empty((len(table.trials), len(table.action_ids)))
    for fold in range(FOLDS):
        report(f"judging on leads left out, {fold + 1} of {FOLDS}", fold / (FOLDS + 1))
        rows = np.flatnonzero(learned.folds == fold)
        first[rows], predicted[rows] = _apart(learned, fold)
    report("fitting on all", FOLDS / (FOLDS + 1))
    judged = policy_value(judged_log(table, predicted), first)
    return _whole(learned, predicted, judged, chosen, now)


def judged_log(table: TrialTable, predicted: Floats) -> JudgedLog:
    """Return trials as what policies are judged by.

    Args:
        table: Trials.
        predicted: (n, k): probabilities of conversions, made without each trial's lead.
    """
    brought = table.converted * table.values[table.taken] - table.costs[table.taken]
    return JudgedLog(
        lead_ids=table.lead_ids,
        action_ids=table.action_ids,
        taken=table.taken,
        propensities=table.propensities,
        rewards=brought,
        predicted=predicted * table.values - table.costs,
        allowed=table.allowed,
    )


def best_actions(table: TrialTable, uplifts: Floats, rows: Places) -> Places:
    """Return the place of the action with the highest (uplift x value - cost) of those that had a chance."""
    gains = np.where(table.allowed[rows], uplifts * table.values - table.costs, -np.inf)
    best: Places = np.argmax(gains, axis=1)
    return best


def _apart(learned: _Learned, fold: int) -> tuple[Places, Floats]:
    """Return what is put first for the trials of a fold, and what conversions are expected, by what others say."""
    table = learned.table
    inside, outside = np.flatnonzero(learned.folds != fold), np.flatnonzero(learned.folds == fold)
    predicted = fit_outcomes(table, inside).probabilities(table.features[outside])
    if not outside.size:
        return outside, predicted
    scores = doubly_robust_conversions(table, predicted_apart(table, learned.folds, inside), inside)
    contrasts = contrasts_of(table, scores, inside, learned.baseline)
    recipe = choose_recipe(contrasts, learned.folds[inside], table.groups, personal=True)
    uplifts = Learner(contrasts, table.groups).effects(recipe).uplifts(table.features[outside])
    return best_actions(table, uplifts, outside), predicted


def _whole(
    learned: _Learned, predicted: Floats, judged: PolicyReport, options: RankerOptions, now: datetime
) -> FittedRanker:
    table = learned.table
    rows = np.arange(len(table.trials))
    contrasts = contrasts_of(table, doubly_robust_conversions(table, predicted, rows), rows, learned.baseline)
    recipe = choose_recipe(contrasts, learned.folds, table.groups, personal=True)
    effects = Learner(contrasts, table.groups).effects(recipe)
    covariances = slope_variances(contrasts, effects, recipe)
    graph = ranker_graph(fit_outcomes(table, rows), learned.baseline, effects, covariances)
    files = _files(table, graph, options)
    manifest = _manifest(files, table, recipe, judged, options, now)
    half = 1.96 * np.sqrt(effects.variances)
    averages = list(zip(table.action_ids, effects.means.tolist(), half.tolist(), strict=True))
    return FittedRanker(
        files={**files, MANIFEST_FILE: manifest_to_json(manifest)},
        manifest=manifest,
        report=judged,
        recipe=recipe,
        averages=averages,
    )


def _check(table: TrialTable, options: RankerOptions) -> None:
    trials, actions = len(table.trials), len(table.action_ids)
    leads = len(set(table.lead_ids))
    conversions = sum(trial.converted for trial in table.trials)
    if trials < FEWEST_TRIALS or actions < FEWEST_ACTIONS or conversions < FEWEST_CONVERSIONS or leads < FEWEST_LEADS:
        message = (
            f"{trials:,} actions given by chance, of {actions} kinds, to {leads:,} leads with {conversions:,} "
            f"conversions; at least {FEWEST_TRIALS} of {FEWEST_ACTIONS} to {FEWEST_LEADS} with {FEWEST_CONVERSIONS} "
            "are needed"
        )
        raise TrainingRefused("TOO_FEW_TRIALS", message)
    if options.baseline not in {"", *table.action_ids}:
        raise TrainingRefused("NO_BASELINE", f"too few trials of the baseline action {options.baseline!r}")


def _place(table: TrialTable, action_id: str) -> int | None:
    return table.action_ids.index(action_id) if action_id else None


def _files(table: TrialTable, graph: bytes, options: RankerOptions) -> dict[str, bytes]:
    counts = np.bincount(table.taken, minlength=len(table.action_ids)).tolist()
    parts = RankerParts(
        fields=table.fields,
        actions=tuple(
            RankedAction(action_id=action_id, evidence_count=count)
            for action_id, count in zip(table.action_ids, counts, strict=True)
        ),
        baseline=options.baseline,
        is_personal=True,
    )
    width = width_of(table.fields)
    made_up = np.random.default_rng(options.seed).normal(size=(_GOLDEN_LEADS, width)).astype(np.float32)
    said = OnnxRanker(graph, width, len(parts.actions)).run(made_up)
    return {
        MODEL_FILE: graph,
        RANKER_FILE: parts_content(parts),
        GOLDEN_FILE: golden_content(made_up, said),
    }


def _manifest(  # noqa: PLR0917  its only caller has just made them
    files: Mapping[str, bytes],
    table: TrialTable,
    recipe: Recipe,
    judged: PolicyReport,
    options: RankerOptions,
    now: datetime,
) -> Manifest:
    digests = tuple(
        FileDigest(name=name, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))
        for name, content in sorted(files.items())
    )
    trials = table.trials
    return Manifest(
        kind=NEXT_ACTION,
        version=VersionName(version_name(now, content_digest(digests))),
        feature_set_hash="",
        feature_count=width_of(table.fields),
        training_sample_count=len(trials),
        base_rate=float(table.converted.mean()),
        training_start_time=trials[0].time,
        training_end_time=trials[-1].time,
        data_fingerprint=table.fingerprint(),
        code_version=distribution_version("leadline-backend"),
        threshold=0.0,
        metrics=_metrics(judged),
        parameters=_parameters(table, recipe, judged, options),
        parents=options.parents,
        create_time=now,
        files=digests,
    )


def _metrics(judged: PolicyReport) -> tuple[Metric, ...]:
    policy, count = judged.policy, judged.policy.record_count
    named = {
        "value_doubly_robust": policy.doubly_robust,
        "value_snips": policy.snips,
        "value_logged": policy.logged,
        "value_best_constant": judged.constant,
        "gain_over_best_constant": judged.gain,
        "gain_over_logged": policy.gain,
    }
    found = [_metric(name, estimate, count) for name, estimate in named.items()]
    return (*found, Metric(name="effective_count", value=policy.effective_count, sample_count=count))


def _metric(name: str, one: Estimate, count: int) -> Metric:
    return Metric(name=name, value=one.value, lower=one.lower, upper=one.upper, level=0.95, sample_count=count)


def _parameters(
    table: TrialTable, recipe: Recipe, judged: PolicyReport, options: RankerOptions
) -> dict[str, str | int | float | bool]:
    return {
        "protocol": "doubly robust learner; judged on fifths of the leads that had no part in learning",
        "seed": options.seed,
        "baseline": options.baseline,
        "action_count": len(table.action_ids),
        "field_count": len(table.fields),
        "shared_penalty": _penalty(recipe.shared),
        "own_penalty": _penalty(recipe.own),
        "best_constant_action": judged.constant_action,
        "personalisation": judged.proof.value,
        "personalisation_reason": judged.reason,
    }


def _penalty(penalty: float) -> float | str:
    return penalty if np.isfinite(penalty) else "no slopes"
