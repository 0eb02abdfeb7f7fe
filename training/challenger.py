"""Fits a challenger on labels, beside what the champion and two constants say of the same newest leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from core.adapters.onnx_predictor import OnnxPredictor
from core.errors import ArtifactRefused, NotFound, WrongState
from core.feedback.label import LabelSet
from core.identifiers import TenantId, VersionName
from core.registry.hyperparameters import check_hyperparameters
from core.scoring.baseline import BaselineScorer
from core.scoring.loading import load_model
from core.scoring.model import ScoringModel
from core.version import LEAD_SCORE, Manifest
from training.app import Trainer
from training.booster import BoosterParameters
from training.fit import FitOptions, FittedVersion
from training.from_labels import table_from_labels
from training.progress import Report, silent
from training.rolling import PlanChoice
from training.table import LeadTable
from training.window import Window

FEWEST_UNSEEN = 100
"""Newest leads that the champion cannot have learned from: with fewer the comparison rests on others as well."""
FEWEST_OF_EACH = 5
"""Of them that converted, and that did not."""

FEWEST_IN_BLOCK = 25
MOST_BLOCKS = 8
"""The newest leads are answered in so many blocks, each by the recipe fitted on what came before it."""

Outcomes = npt.NDArray[np.bool_]
Probabilities = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengerOptions:
    """What can be chosen about a challenger."""

    validation_split: float = 0.5
    """Largest share of the newest leads with a sure outcome that it is compared on, 0.05 to 0.5."""
    parameters: Mapping[str, float] = field(default_factory=dict)
    """Hyperparameters in place of the defaults; any that shapes the trees keeps more regular ones from being tried."""
    window: Window | None = None
    """How much a lead counts for its age; None: chosen by rolling validation."""
    allow_leaks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenger:
    """A version fitted on all labels, and how the same recipe did without the newest leads."""

    fitted: FittedVersion
    """Fitted on all labels."""
    outcomes: Outcomes
    """Of the held-out leads, (n,), in the order in which they became known."""
    probabilities: Probabilities
    """(n,): of the recipe, its window chosen without these leads, each answered by a fit on older ones alone."""
    champion_probabilities: Probabilities | None
    """(n,): by the champion's own files; None without a champion that can be asked."""
    fallback_probabilities: Probabilities | None
    """(n,): of what answers while no version serves, each block by the outcomes before it; None with a champion."""
    champion_note: str
    """Why there are none, or what must be known about them; "" otherwise."""
    base_rate: float
    """Share of conversions among the leads the recipe was fitted on."""
    last_window_rates: Probabilities
    """(n,): the same of the window before each block of the held-out leads, as long as the block."""
    window: PlanChoice
    """Trees and windows of the fitted version, and what they were chosen by."""


def fit_challenger(  # noqa: PLR0917  its callers name what they pass
    trainer: Trainer,
    tenant: TenantId,
    label_set: LabelSet,
    champion: VersionName | None,
    options: ChallengerOptions,
    report: Report = silent,
) -> Challenger:
    """Fit, compare and refit. The same labels, leads and options give the same challenger.

    The newest leads with a sure outcome are held out, each lead once. Where enough of them became known after the
    champion was trained, only those: a champion knows the leads it has learned from by heart, and no challenger could
    win on them.

    Args:
        trainer: Has the leads, the registry and the settings.
        tenant: Whose labels they are.
        label_set: The labels.
        champion: The serving version; None if none serves.
        options: What can be chosen.
        report: Told how far it is.

    Raises:
        TrainingRefused: TOO_FEW_LABELS, NO_SIGNAL, LEAKING_FEATURES, PARITY_FAILED or EXPLANATION_FAILED.
        InvalidInput: If a hyperparameter is unknown or out of range.
        DependencyDown: If the store or the artefacts cannot be read.
    """
    booster = BoosterParameters(**check_hyperparameters(options.parameters, "parameters"))  # type: ignore[arg-type]
    report("reading the leads as they were when they were scored", 0.0)
    minimum = trainer.settings.min_training_samples
    table = trainer.with_behavior(tenant, table_from_labels(label_set, trainer.scored_leads, min_samples=minimum))
    model, note = _champion(trainer, tenant, champion)
    held_count, seen_note = _holdout_count(table, model, options.validation_split)
    blocks = max(1, min(MOST_BLOCKS, held_count // FEWEST_IN_BLOCK))
    fit_options = FitOptions(
        validation_share=options.validation_split,
        allow_leaks=options.allow_leaks,
        parents=() if model is None else (model.version.manifest.version,),
        must_beat_base_rate=False,
        holdout_count=held_count,
        holdout_blocks=blocks,
        with_curve=False,
    )
    fitted = trainer.fit(
        table,
        booster,
        fit_options,
        report,
        window=options.window,
        keep_booster=_shapes_trees(options.parameters),
    )
    evaluation = fitted.evaluation
    return Challenger(
        fitted=fitted,
        outcomes=evaluation.outcomes,
        probabilities=evaluation.probabilities,
        champion_probabilities=None if model is None else _probabilities(model, table, evaluation.holdout),
        fallback_probabilities=_by_tables(table, np.array_split(evaluation.holdout, blocks)) if not champion else None,
        champion_note=note or seen_note,
        base_rate=evaluation.base_rate,
        last_window_rates=evaluation.last_window_rates,
        window=fitted.scorer.choice,
    )


def _shapes_trees(parameters: Mapping[str, float]) -> bool:
    return any(f.name in parameters for f in fields(BoosterParameters) if f.name != "random_state")


def _champion(trainer: Trainer, tenant: TenantId, champion: VersionName | None) -> tuple[ScoringModel | None, str]:
    """Return the champion ready to score, or None and why."""
    if not champion:
        return None, "no version serves"
    try:
        version, files = trainer.registry.load(tenant, LEAD_SCORE, champion)
        return load_model(version, files, OnnxPredictor), ""
    except (NotFound, WrongState, ArtifactRefused) as problem:
        return None, f"the champion {champion} cannot be asked: {problem.message}"


def _holdout_count(table: LeadTable, model: ScoringModel | None, validation_split: float) -> tuple[int, str]:
    """Return how many of the newest sure outcomes to hold out, and what must be known about them."""
    judged = table.judged_rows()
    most = max(1, round(validation_split * judged.size))
    if model is None:
        return most, ""
    since = learned_until(model.version.manifest)
    newest = judged[judged.size - most :]
    unseen = [i for i in newest if (known := table.outcome_times[i]) is not None and known > since]
    converted = int(table.outcomes[unseen].sum()) if unseen else 0
    if len(unseen) >= FEWEST_UNSEEN and min(converted, len(unseen) - converted) >= FEWEST_OF_EACH:
        return len(unseen), ""
    if len(unseen) == most:
        return most, ""
    return most, f"the champion may have learned from {most - len(unseen):,} of the {most:,} leads it is compared on"


def learned_until(manifest: Manifest) -> datetime:
    """Return the moment after which no label was known to the fit of a version."""
    as_of = manifest.parameters.get("labels_as_of")
    return datetime.fromisoformat(as_of) if isinstance(as_of, str) else manifest.create_time


def _by_tables(table: LeadTable, blocks: Sequence[npt.NDArray[np.intp]]) -> Probabilities:
    """Return what BASELINE says of each block by the outcomes before it."""
    judged = table.judged_rows()
    found: list[float] = []
    for block in blocks:
        before = judged[: np.searchsorted(judged, block[0])]
        tables = BaselineScorer((table.leads[i], bool(table.outcomes[i])) for i in before)
        found.extend(tables.estimate(table.leads[i], _NO_MOMENT).probability for i in block)
    return np.array(found)


_NO_MOMENT = datetime.fromtimestamp(0, UTC)
"""The tables have no clock."""


def _probabilities(model: ScoringModel, table: LeadTable, holdout: npt.NDArray[np.intp]) -> Probabilities:
    rows = model.feature_set.matrix(
        [table.leads[i] for i in holdout],
        [table.moments[i] for i in holdout],
        behavior=None if table.behavior is None else [table.behavior[i] for i in holdout],
    )
    probabilities, _ = model.predictor.predict(rows)
    return probabilities.astype(np.float64)
