"""Chooses the recipe of each part on a time split: the grid's best by NDCG@20."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from core.recommend.folding_in import FactorModel
from core.recommend.known import MOST_USED
from core.recommend.links import ItemLinks, largest_of_rows
from core.recommend.parts import LinkPart
from core.recommend.popularity import decayed_counts, standardised
from training.recommend.evaluate import Task, mean_ndcg
from training.recommend.factor_models import FactorRecipe, fit_factors
from training.recommend.histories import Csr, history_matrix, positives, standardise
from training.recommend.interactions import InteractionTable
from training.recommend.item_models import ease, followers, linked_items, precision_matrix, transitions

Singles = npt.NDArray[np.float32]
Recipe = TypeVar("Recipe")

DENSE_UP_TO = 4_000
"""Items; item-to-item models over more keep only the largest weights of each row."""
ROW_SIZES = (50, 100, 200, 400)
QUALITY_KEPT = 0.995
"""Of NDCG@20: the fewest weights of a row that keep as much are kept."""
RECENCIES = (0.0, 0.3, 0.5, 0.7, 1.0)
PENALTIES = (20.0, 100.0, 200.0, 400.0, 800.0, 1_600.0)
FOLLOWER_PENALTIES = (200.0, 800.0, 1_600.0, 3_200.0)
FOLLOWER_HALF_LIVES = (5.0, 20.0, 40.0)
_DAY_US = 86_400_000_000
POPULARITY_HALF_LIVES = (7.0 * _DAY_US, 30.0 * _DAY_US, 90.0 * _DAY_US, 365.0 * _DAY_US, float("inf"))
MANY_LINKED = 4_000
"""Items; the grids of item-to-item models over more are smaller: one inverse takes long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRecipe:
    """How an item-to-item model is made."""

    penalty: float
    recency: float
    half_life: float = 0.0
    """In places; of transitions."""
    row_size: int = 0
    """Weights kept of a row; 0: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(Generic[Recipe]):
    """What a part of the blend came to on the validation leads."""

    recipe: Recipe
    """Of popularity: its half-life, microseconds; of content: None."""
    recency: float
    ndcg: float
    scores: Singles
    """(l, items), standardised."""


def search_ease(task: Task, power: float) -> tuple[Candidate[LinkRecipe], Candidate[LinkRecipe]]:
    """Return the best EASE, and the best as published: the whole history, all of it counting alike."""
    members = linked_items(task.history)
    penalties = PENALTIES if members.size <= MANY_LINKED else PENALTIES[2:3]
    found: list[Candidate[LinkRecipe]] = []
    published: list[Candidate[LinkRecipe]] = []
    for penalty in penalties:
        links = _shortened(task, members, ease(precision_matrix(task.history, members, penalty)), power)
        row_size = 0 if links.targets is None else links.targets.shape[1]
        plain = LinkRecipe(penalty=penalty, recency=0.0, row_size=row_size)
        _keep_best(published, _link_candidate(task, links, members, plain, power, newest=None))
        for recency in RECENCIES:
            recipe = LinkRecipe(penalty=penalty, recency=recency, row_size=row_size)
            _keep_best(found, _link_candidate(task, links, members, recipe, power))
    return found[0], published[0]


def search_transitions(task: Task, power: float) -> Candidate[LinkRecipe]:
    """Return the best model of what follows what."""
    members = linked_items(task.history)
    few = members.size > MANY_LINKED
    found: list[Candidate[LinkRecipe]] = []
    followed = [
        (life, followers(task.history, members, life))
        for life in (FOLLOWER_HALF_LIVES[1:2] if few else FOLLOWER_HALF_LIVES)
    ]
    for penalty in FOLLOWER_PENALTIES[1:2] if few else FOLLOWER_PENALTIES:
        precision = precision_matrix(task.history, members, penalty)
        for half_life, following in followed:
            links = _shortened(task, members, transitions(precision, following), power)
            row_size = 0 if links.targets is None else links.targets.shape[1]
            for recency in RECENCIES[2:]:
                recipe = LinkRecipe(penalty=penalty, recency=recency, half_life=half_life, row_size=row_size)
                _keep_best(found, _link_candidate(task, links, members, recipe, power))
    return found[0]


def search_factors(task: Task, power: float, widths: Sequence[int], seed: int) -> dict[str, Candidate[FactorRecipe]]:
    """Return the best ALS, SVD and NMF."""
    wanted = positives(task.history)
    best: dict[str, Candidate[FactorRecipe]] = {}
    for recipe in _factor_recipes([width for width in widths if width < min(wanted.shape)] or [1]):
        model = fit_factors(recipe, wanted, seed)
        for recency in RECENCIES:
            history = history_matrix(task.history, task.leads, recency=recency, power=power)
            scores = standardise(folded_scores(model, history), history)
            found = Candidate(recipe=recipe, recency=recency, ndcg=mean_ndcg(task, scores), scores=scores)
            if recipe.method not in best or found.ndcg > best[recipe.method].ndcg:
                best[recipe.method] = found
    return best


def search_content(task: Task, power: float, vectors: Singles) -> Candidate[None]:
    """Return content with its best recency. ``vectors``: float32 (items, d)."""
    found: list[Candidate[None]] = []
    for recency in RECENCIES:
        history = history_matrix(task.history, task.leads, recency=recency, power=power)
        scores = standardise((history @ vectors) @ vectors.T, history)
        ndcg = mean_ndcg(task, scores)
        _keep_best(found, Candidate(recipe=None, recency=recency, ndcg=ndcg, scores=scores))
    return found[0]


def search_popularity(task: Task) -> Candidate[float]:
    """Return popularity with its best half-life."""
    found: list[Candidate[float]] = []
    for half_life in POPULARITY_HALF_LIVES:
        row = popularity(task.history, half_life)
        scores = np.broadcast_to(row, (task.leads.size, row.size)).astype(np.float32)
        ndcg = mean_ndcg(task, scores)
        _keep_best(found, Candidate(recipe=half_life, recency=0.0, ndcg=ndcg, scores=scores))
    return found[0]


def popularity(table: InteractionTable, half_life_us: float) -> Singles:
    """Return the standardised popularity of each item as of the newest interaction, float32 (items,)."""
    wanted = table.weights > 0.0
    counts = decayed_counts(
        table.items[wanted],
        table.occurred_us[wanted],
        count=len(table.item_ids),
        now_us=int(table.occurred_us.max()),
        half_life_us=half_life_us,
    )
    return standardised(counts)


def fit_links(table: InteractionTable, name: str, recipe: LinkRecipe) -> LinkPart:
    """Fit ``ease`` or ``transitions`` by a recipe."""
    members = linked_items(table)
    precision = precision_matrix(table, members, recipe.penalty)
    following = None if name == "ease" else followers(table, members, recipe.half_life)
    dense = ease(precision) if following is None else transitions(precision, following)
    links = largest_of_rows(dense, recipe.row_size or members.size)
    return LinkPart.of(links, members, len(table.item_ids))


def link_scores(links: ItemLinks, members: npt.NDArray[np.intp], history: Csr) -> Singles:
    """Return the raw scores of all items for sparse histories, float32 (l, items)."""
    scores = np.zeros(history.shape, dtype=np.float32)
    scores[:, members] = _product(history[:, members], links)
    return scores


def _product(history: Csr, links: ItemLinks) -> Singles:
    if links.targets is None:
        return np.asarray(history @ links.values, dtype=np.float32)
    rows = [
        links.scores(history.indices[begin:end], history.data[begin:end])
        for begin, end in zip(history.indptr[:-1], history.indptr[1:], strict=True)
    ]
    return np.stack(rows) if rows else np.zeros(history.shape, dtype=np.float32)


def _shortened(task: Task, members: npt.NDArray[np.intp], dense: Singles, power: float) -> ItemLinks:
    """Return the model with rows as short as they can be without loss; small ones stay as they are."""
    complete = ItemLinks(values=dense, targets=None)
    if members.size <= DENSE_UP_TO:
        return complete
    recipe = LinkRecipe(penalty=0.0, recency=0.5)
    goal = QUALITY_KEPT * _link_candidate(task, complete, members, recipe, power).ndcg
    shortened = complete
    for size in ROW_SIZES:
        shortened = largest_of_rows(dense, size)
        if _link_candidate(task, shortened, members, recipe, power).ndcg >= goal:
            break
    return shortened


def _link_candidate(
    task: Task,
    links: ItemLinks,
    members: npt.NDArray[np.intp],
    recipe: LinkRecipe,
    power: float,
    *,
    newest: int | None = MOST_USED,
) -> Candidate[LinkRecipe]:
    history = history_matrix(task.history, task.leads, recency=recipe.recency, power=power, newest=newest)
    scores = standardise(link_scores(links, members, history), history)
    return Candidate(recipe=recipe, recency=recipe.recency, ndcg=mean_ndcg(task, scores), scores=scores)


def folded_scores(model: FactorModel, history: Csr) -> Singles:
    """Return the raw scores of all items for sparse histories, float32 (l, items)."""
    if not model.folding.confident:
        vectors = (history @ model.vectors.astype(np.float64)) @ model.inverse
        return np.asarray(vectors.astype(np.float32) @ model.vectors.T, dtype=np.float32)
    vectors = np.stack(
        [
            model.fold_in(history.indices[begin:end], history.data[begin:end].astype(np.float64)).vector
            for begin, end in zip(history.indptr[:-1], history.indptr[1:], strict=True)
        ]
    )
    return np.asarray(vectors.astype(np.float32) @ model.vectors.T, dtype=np.float32)


def _factor_recipes(widths: Sequence[int]) -> Iterator[FactorRecipe]:
    for width in widths:
        yield FactorRecipe(method="svd", width=width)
        for regularization in (10.0, 30.0):
            yield FactorRecipe(method="als", width=width, regularization=regularization)
        yield FactorRecipe(method="als", width=width, regularization=10.0, alpha=5.0, confident=True)
    yield FactorRecipe(method="nmf", width=widths[0])


def _keep_best(found: list[Candidate[Recipe]], one: Candidate[Recipe]) -> None:
    """Keep the best alone: scores are large."""
    if not found or one.ndcg > found[0].ndcg:
        found[:] = [one]
