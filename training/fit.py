"""From a table of labelled leads to the files of a version, or a refusal that says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version as distribution_version
from math import isfinite

from core.features.fitting import LabelledLeads
from core.identifiers import VersionName
from training.artifact import MakePredictor, VersionFacts, name_of, scorer_files, with_manifest
from training.card import card_files
from training.describe import PROTOCOL, card_content
from training.evaluation import Evaluation, evaluate_recipe
from training.leaks import LeakFinding, find_leaks
from training.pipeline import FOLDS, FittedScorer, Recipe, fit_scorer
from training.progress import Report, silent
from training.refusal import TrainingRefused
from training.rolling import window_parameters
from training.table import LeadTable
from training.window import EVERYTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions:
    """What can be chosen about a fit, besides the recipe."""

    validation_share: float = 0.2
    """Share of the newest leads the recipe is measured on, in (0, 1)."""
    allow_leaks: bool = False
    """Fit although a feature gives the outcome away."""
    parents: tuple[VersionName, ...] = ()
    must_beat_base_rate: bool = True
    """Refuse a model that is not better than the base rate. Without, whoever compares it with others decides."""
    holdout_count: int | None = None
    """How many of the newest leads it is measured on, in place of the share."""
    holdout_blocks: int = 1
    """Into how many blocks these are cut; see :func:`training.evaluation.evaluate_recipe`."""
    with_curve: bool = True
    """Show how quality grows with the number of leads; it takes a fit for each point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedVersion:
    """A version ready to be registered."""

    files: dict[str, bytes]
    scorer: FittedScorer
    evaluation: Evaluation
    leaks: tuple[LeakFinding, ...]


def labelled(table: LeadTable) -> LabelledLeads:
    """Return the rows of a table as training leads."""
    return LabelledLeads(
        leads=table.leads,
        outcomes=table.outcomes.tolist(),
        moments=table.moments,
        outcome_times=table.outcome_times,
        in_time_order=table.in_time_order,
        targets=None if table.targets is None else table.targets.tolist(),
        weights=None if table.weights is None else table.weights.tolist(),
        judged=None if table.judged is None else table.judged.tolist(),
        behavior=table.behavior,
    )


def fit_version(
    table: LeadTable,
    recipe: Recipe,
    options: FitOptions,
    *,
    make_predictor: MakePredictor,
    clock: Callable[[], datetime],
    report: Report = silent,
) -> FittedVersion:
    """Look for leaks, measure the recipe on the newest leads, refit it on all of them, and write the files.

    Raises:
        TrainingRefused: LEAKING_FEATURES, NO_SIGNAL, PARITY_FAILED or EXPLANATION_FAILED.
    """
    report("looking for features that give the outcome away", 0.0)
    leaks = find_leaks(table.only_judged())
    if leaks and not options.allow_leaks:
        raise _leaking(leaks)
    leads = labelled(table)
    report("fitting on the older leads, measuring on the newest", 0.1)
    evaluation = evaluate_recipe(
        leads,
        recipe,
        validation_share=options.validation_share,
        holdout_count=options.holdout_count,
        blocks=options.holdout_blocks,
        with_curve=options.with_curve,
    )
    if options.must_beat_base_rate and not evaluation.verdict.better:
        raise TrainingRefused("NO_SIGNAL", f"not better than the base rate: {evaluation.verdict.reason}")
    report("fitting on all leads", 0.55)
    fitted = fit_scorer(leads, recipe)
    report("exporting and comparing with the trained trees on every row", 0.85)
    files = scorer_files(fitted, make_predictor, recipe.seed)
    facts = _facts(table, fitted, evaluation, recipe, options)
    report("writing the model card", 0.95)
    create_time = clock()
    name = name_of(files, create_time)
    files |= card_files(card_content(name, table, fitted, evaluation, facts, leaks, create_time))
    return FittedVersion(
        files=with_manifest(name, files, fitted, facts, create_time),
        scorer=fitted,
        evaluation=evaluation,
        leaks=leaks,
    )


def _leaking(leaks: tuple[LeakFinding, ...]) -> TrainingRefused:
    sentences = " ".join(leak.sentence for leak in leaks)
    names = ", ".join(leak.feature for leak in leaks)
    message = f"{sentences} Exclude these columns in the mapping, or allow them if they are known at scoring time."
    return TrainingRefused("LEAKING_FEATURES", message, features=names)


def _facts(
    table: LeadTable, fitted: FittedScorer, evaluation: Evaluation, recipe: Recipe, options: FitOptions
) -> VersionFacts:
    moments = [moment for moment in table.moments if moment is not None]
    return VersionFacts(
        base_rate=float(table.outcomes[table.judged_rows()].mean()),
        training_start_time=min(moments, default=None),
        training_end_time=max(moments, default=None),
        data_fingerprint=table.fingerprint,
        code_version=distribution_version("leadline-backend"),
        threshold=evaluation.threshold,
        metrics=tuple(metric for metric in evaluation.metrics if isfinite(metric.value)),
        parameters=_parameters(table, fitted, evaluation, recipe, options),
        parents=options.parents,
    )


def _parameters(
    table: LeadTable, fitted: FittedScorer, evaluation: Evaluation, recipe: Recipe, options: FitOptions
) -> dict[str, str | int | float | bool]:
    """Return everything needed to repeat the fit, and to read its figures rightly."""
    return {
        **fitted.choice.plan.booster.as_dict(),
        "objective": "binary:logistic",
        "calibration": fitted.calibration.name,
        "calibration_folds": FOLDS,
        **{f"calibration_log_loss_{name}": float(loss) for name, loss in fitted.calibration_losses.items()},
        "title_terms": recipe.features.title_terms,
        "description_terms": recipe.features.description_terms,
        "time_zone": recipe.features.time_zone,
        "source": table.source,
        "protocol": PROTOCOL,
        "validation_share": options.validation_share,
        "validation_sample_count": len(evaluation.outcomes),
        **({"validation_blocks": options.holdout_blocks} if options.holdout_blocks > 1 else {}),
        "log_loss_gain_over_base_rate": evaluation.verdict.log_loss_gain.value,
        "allow_leaks": options.allow_leaks,
        **(window_parameters(fitted.choice) if recipe.choose_window or recipe.window != EVERYTHING else {}),
        **table.facts,
    }
