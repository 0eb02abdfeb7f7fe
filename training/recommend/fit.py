"""From interactions to a version: chooses on a time split, measures on a newer one, fits on everything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version as distribution_version
from typing import Any

import numpy as np
import numpy.typing as npt

from core.identifiers import VersionName
from core.recommend.artifact import model_files, read_parts
from core.recommend.blending import Blend, Part
from core.recommend.content import ContentEncoder, learn_content
from core.recommend.golden import check_golden, golden_content
from core.recommend.item import Item
from core.recommend.links import ItemLinks
from core.recommend.model import (
    MANY_ITEMS,
    WIDEST_CONTENT,
    WIDEST_CONTENT_OF_MANY,
    ModelParts,
    RecommendationModel,
)
from core.registry.manifest import content_digest, manifest_to_json, version_name
from core.version import GOLDEN_FILE, MANIFEST_FILE, RECOMMENDATION, FileDigest, Manifest, Metric
from training.progress import Report, silent
from training.recommend.blend import learn_weights
from training.recommend.evaluate import CUTOFF, Ranking, Task, make_task, mean_metric, paired_metric, rank
from training.recommend.factor_models import FactorRecipe, fit_factors
from training.recommend.histories import history_matrix, positives
from training.recommend.interactions import InteractionTable, split_newest
from training.recommend.search import (
    Candidate,
    LinkRecipe,
    fit_links,
    link_scores,
    popularity,
    search_content,
    search_ease,
    search_factors,
    search_popularity,
    search_transitions,
)
from training.recommend.single_thread import single_thread
from training.refusal import TrainingRefused

Singles = npt.NDArray[np.float32]

FEWEST_INTERACTIONS = 200
FEWEST_LEADS = 20
WIDTHS = (32, 64)
WIDTHS_OF_MANY = (16, 32)
SAME = 1e-5
"""Most that a score from the written files may differ from the fitted one, relative to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommenderOptions:
    """What can be chosen about a fit."""

    held_share: float = 0.2
    """Newest share of each lead's interactions that it is measured on, and of the rest that it is chosen by."""
    seed: int = 42
    parents: tuple[VersionName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the search chose."""

    blend: Blend
    ease: LinkRecipe
    transitions: LinkRecipe
    factors: FactorRecipe
    popularity_half_life_us: float
    plain_ease: LinkRecipe
    """EASE as published, tuned by the same search: what the blend is measured against."""
    candidates: Mapping[str, float]
    """NDCG@20 of each part on the validation leads, and of the blend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How the same recipe did on each lead's newest interactions, fitted without them."""

    ours: Ranking
    ease: Ranking
    popularity: Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedRecommender:
    """A version, ready to be registered."""

    files: dict[str, bytes]
    manifest: Manifest
    model: RecommendationModel
    choice: Choice
    measured: Measured


def fit_recommender(
    table: InteractionTable,
    items: Sequence[Item],
    options: RecommenderOptions | None = None,
    *,
    now: datetime,
    report: Report = silent,
) -> FittedRecommender:
    """Fit a recommender. The same interactions, items, options and moment give the same files.

    Args:
        table: Interactions of all leads; those with items that are not among ``items`` are left out.
        items: The catalogue.
        options: What can be chosen.
        now: Creation time of the version, aware.
        report: Told how far it is.

    Raises:
        TrainingRefused: TOO_FEW_INTERACTIONS, or PARITY_FAILED if the written files score otherwise than the model.
    """
    chosen = options or RecommenderOptions()
    known = table.of_catalogue([item.item_id for item in items])
    _check(known)
    with single_thread():
        older, held = split_newest(known, chosen.held_share)
        report("choosing the parts and their weights", 0.05)
        choice = choose(older, items, chosen)
        report("measuring on the newest interactions", 0.5)
        measured = measure(older, held, items, choice, chosen.seed)
        report("fitting on all interactions", 0.7)
        parts = build(known, items, choice, chosen.seed)
        files = _checked_files(known, parts)
        report("writing the version", 0.95)
        manifest = _manifest(files, known, choice, measured, chosen, now)
    files[MANIFEST_FILE] = manifest_to_json(manifest)
    model = RecommendationModel(read_parts(files))
    return FittedRecommender(files=files, manifest=manifest, model=model, choice=choice, measured=measured)


def choose(table: InteractionTable, items: Sequence[Item], options: RecommenderOptions) -> Choice:
    """Return recipes and weights, chosen by the newest share of ``table``, whose items are ``items``."""
    older, validation = split_newest(table, options.held_share)
    task = make_task(older, validation)
    if not task.leads.size:
        raise TrainingRefused("TOO_FEW_INTERACTIONS", "no lead has newer interactions to choose by")
    power = 1.0
    best_ease, plain_ease = search_ease(task, power)
    factors = search_factors(task, power, WIDTHS if len(items) <= MANY_ITEMS else WIDTHS_OF_MANY, options.seed)
    best_factors = max(factors.values(), key=lambda one: one.ndcg)
    following, popular = search_transitions(task, power), search_popularity(task)
    parts: dict[str, Candidate[Any]] = {
        "ease": best_ease,
        "transitions": following,
        "factors": best_factors,
        "content": search_content(task, power, _encoder(items).encode(items)),
        "popularity": popular,
    }
    weights, ndcg = learn_weights(task, parts)
    blend = Blend(
        **{name: _part(weights[name], parts[name]) for name in ("ease", "transitions", "factors", "content")},
        popularity=weights["popularity"],
        preference_power=power,
    )
    singles = {**{name: one.ndcg for name, one in parts.items()}, **{name: one.ndcg for name, one in factors.items()}}
    return Choice(
        blend=blend,
        ease=best_ease.recipe,
        transitions=following.recipe,
        factors=best_factors.recipe,
        popularity_half_life_us=popular.recipe,
        plain_ease=plain_ease.recipe,
        candidates={**singles, "ease_without_recency": plain_ease.ndcg, "blend": ndcg},
    )


def build(table: InteractionTable, items: Sequence[Item], choice: Choice, seed: int) -> ModelParts:
    """Fit the chosen parts. Parts with no weight are left out; factors stay, items are alike by them."""
    encoder = _encoder(items)
    blend = choice.blend
    return ModelParts(
        item_ids=table.item_ids,
        blend=blend,
        ease=fit_links(table, "ease", choice.ease) if blend.ease.weight else None,
        transitions=fit_links(table, "transitions", choice.transitions) if blend.transitions.weight else None,
        factors=fit_factors(choice.factors, positives(table), seed),
        encoder=encoder,
        content=encoder.encode(items),
        popularity=popularity(table, choice.popularity_half_life_us),
    )


def measure(
    older: InteractionTable, held: InteractionTable, items: Sequence[Item], choice: Choice, seed: int
) -> Measured:
    """Return how the recipe, tuned EASE and popularity find the held-out interactions, fitted on the older ones."""
    task = make_task(older, held)
    if not task.leads.size:
        raise TrainingRefused("TOO_FEW_INTERACTIONS", "no lead has newer interactions to be measured on")
    model = RecommendationModel(build(older, items, choice, seed))
    floor = np.broadcast_to(popularity(older, choice.popularity_half_life_us), task.wanted.shape)
    return Measured(
        ours=rank(task, served_scores(model, task)),
        ease=rank(task, ease_scores(task, choice.plain_ease)),
        popularity=rank(task, np.asarray(floor, dtype=np.float32)),
    )


def served_scores(model: RecommendationModel, task: Task) -> Singles:
    """Return what the model serves to each lead of a task, one call each, float32 (l, items)."""
    moment_us = int(task.history.occurred_us.max())
    return np.stack([model.scores(task.history.history(int(lead)), moment_us) for lead in task.leads])


def ease_scores(task: Task, recipe: LinkRecipe) -> Singles:
    """Return what EASE as published says of each lead's whole history, float32 (l, items)."""
    part = fit_links(task.history, "ease", recipe)
    history = history_matrix(task.history, task.leads, recency=0.0, power=1.0, newest=None)
    links = ItemLinks(values=part.links.values, targets=part.links.targets)
    return link_scores(links, part.members, history)


def _check(table: InteractionTable) -> None:
    wanted = table.weights > 0.0
    count, leads = int(wanted.sum()), int(np.unique(table.leads[wanted]).size)
    if count < FEWEST_INTERACTIONS or leads < FEWEST_LEADS:
        message = (
            f"{count:,} interactions of {leads:,} leads with items of the catalogue; at least {FEWEST_INTERACTIONS:,} "
            f"of {FEWEST_LEADS} are needed"
        )
        raise TrainingRefused("TOO_FEW_INTERACTIONS", message)


def _checked_files(table: InteractionTable, parts: ModelParts) -> dict[str, bytes]:
    """Return the files without the manifest, proven to score as the fitted parts do."""
    fitted = RecommendationModel(parts)
    files = model_files(parts)
    leads = np.unique(table.leads)
    histories = [table.history(int(lead)) for lead in leads[:: max(1, leads.size // 10)][:10]]
    files[GOLDEN_FILE] = golden_content(fitted, histories)
    served = RecommendationModel(read_parts(files))
    check_golden(served, json.loads(files[GOLDEN_FILE]))
    moment_us = int(table.occurred_us.max())
    for history in histories:
        if not np.allclose(served.scores(history, moment_us), fitted.scores(history, moment_us), rtol=SAME, atol=SAME):
            raise TrainingRefused("PARITY_FAILED", "the written files do not score as the fitted model does")
    return files


def _manifest(  # noqa: PLR0917  its only caller has just made them
    files: Mapping[str, bytes],
    table: InteractionTable,
    choice: Choice,
    measured: Measured,
    options: RecommenderOptions,
    now: datetime,
) -> Manifest:
    digests = tuple(
        FileDigest(name=name, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))
        for name, content in sorted(files.items())
    )
    return Manifest(
        kind=RECOMMENDATION,
        version=VersionName(version_name(now, content_digest(digests))),
        feature_set_hash="",
        feature_count=len(table.item_ids),
        training_sample_count=len(table),
        base_rate=len(table) / max(1, len(table.lead_ids) * len(table.item_ids)),
        training_start_time=_moment(int(table.occurred_us.min())),
        training_end_time=_moment(int(table.occurred_us.max())),
        data_fingerprint=table.fingerprint(),
        code_version=distribution_version("leadline-backend"),
        threshold=0.0,
        metrics=_metrics(measured, options.seed),
        parameters=_parameters(choice, options),
        parents=options.parents,
        create_time=now,
        files=digests,
    )


def _metrics(measured: Measured, seed: int) -> tuple[Metric, ...]:
    found: list[Metric] = []
    rankings = {"": measured.ours, "ease_": measured.ease, "popularity_": measured.popularity}
    for prefix, ranking in rankings.items():
        found.append(mean_metric(f"{prefix}recall@{CUTOFF}", ranking.recall[CUTOFF], seed))
        found.append(mean_metric(f"{prefix}ndcg@{CUTOFF}", ranking.ndcg[CUTOFF], seed))
        leads = ranking.ndcg[CUTOFF].size
        found.append(Metric(name=f"{prefix}coverage", value=ranking.coverage, sample_count=leads))
    ours, ease = measured.ours, measured.ease
    found.append(paired_metric(f"recall@{CUTOFF}_above_ease", ours.recall[CUTOFF], ease.recall[CUTOFF], seed))
    found.append(paired_metric(f"ndcg@{CUTOFF}_above_ease", ours.ndcg[CUTOFF], ease.ndcg[CUTOFF], seed))
    return tuple(found)


def _parameters(choice: Choice, options: RecommenderOptions) -> dict[str, str | int | float | bool]:
    blend = choice.blend
    found: dict[str, str | int | float | bool] = {
        "protocol": "each lead's newest share is held out for measuring; of the rest, the newest share for choosing",
        "held_share": options.held_share,
        "seed": options.seed,
        "ease_penalty": choice.ease.penalty,
        "plain_ease_penalty": choice.plain_ease.penalty,
        "transitions_penalty": choice.transitions.penalty,
        "transitions_half_life": choice.transitions.half_life,
        "row_size": choice.ease.row_size,
        "factors_method": choice.factors.method,
        "factors_width": choice.factors.width,
        "factors_regularization": choice.factors.regularization,
        "factors_alpha": choice.factors.alpha,
        "factors_confident": choice.factors.confident,
        "popularity_half_life_days": _days(choice.popularity_half_life_us),
        "popularity_weight": blend.popularity,
    }
    for name in ("ease", "transitions", "factors", "content"):
        part: Part = getattr(blend, name)
        found |= {f"{name}_weight": part.weight, f"{name}_recency": part.recency}
    return found | {f"validation_ndcg_{name}": value for name, value in choice.candidates.items()}


def _days(half_life_us: float) -> float | str:
    return half_life_us / (timedelta(days=1) / timedelta(microseconds=1)) if np.isfinite(half_life_us) else "none"


def _moment(moment_us: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=moment_us)


def _encoder(items: Sequence[Item]) -> ContentEncoder:
    return learn_content(items, WIDEST_CONTENT if len(items) <= MANY_ITEMS else WIDEST_CONTENT_OF_MANY)


def _part(weight: float, found: Candidate[Any]) -> Part:
    return Part(weight=weight, recency=found.recency)
