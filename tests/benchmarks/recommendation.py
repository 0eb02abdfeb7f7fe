"""``python -m tests.benchmarks.recommendation``: what recommenders find on MovieLens, and how long a call takes."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.recommend.blending import Blend, Part
from core.recommend.content import ContentEncoder
from core.recommend.folding_in import FactorModel, Folding
from core.recommend.interaction import Interaction
from core.recommend.item import Item
from core.recommend.links import ItemLinks
from core.recommend.model import ModelParts, RecommendationModel
from core.recommend.parts import LinkPart
from core.version import Metric
from tests.benchmarks.behavior_page import PAGE
from tests.benchmarks.budget import markdown_table, plain_table
from tests.benchmarks.learning_page import write_section
from tests.parts.movielens import DATA, FILE_NAME, read_catalogue, read_histories
from training.recommend.evaluate import CUTOFF, Ranking, Task, make_task, mean_metric, paired_metric, rank
from training.recommend.factor_models import fit_factors
from training.recommend.fit import Choice, RecommenderOptions, build, choose, ease_scores, served_scores
from training.recommend.histories import history_matrix, positives
from training.recommend.interactions import InteractionTable, split_newest, table_of
from training.recommend.search import (
    Candidate,
    fit_links,
    folded_scores,
    link_scores,
    popularity,
    search_factors,
    search_popularity,
)
from training.recommend.single_thread import single_thread

SEED = 42
FOUND = ("recommender", "recall@20", "NDCG@20", "recall@10", "NDCG@10", "coverage", "fit, s")
PAIRED = ("figure", "ours minus tuned EASE", "95 % interval over users")
SPEED = ("items", "interactions in the history", "p50, ms", "p99, ms")
MANY = 50_000
HISTORIES = (1, 30, 300)
CALLS = 1_000
WIDTHS = (32, 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One recommender."""

    name: str
    ranking: Ranking
    seconds: float
    """Of the last fit; choosing is not counted."""


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write; 1 if tuned EASE is better in recall or NDCG."""
    parsed = _parser().parse_args(arguments)
    if not (parsed.data / FILE_NAME).is_file():
        sys.stdout.write(f"Skipped: {FILE_NAME} is not in the data folder.\n")
        return 0
    items = read_catalogue(parsed.data)
    table = table_of(read_histories(parsed.data)).of_catalogue([item.item_id for item in items])
    with single_thread():
        rows, choice, model = compare(table, items)
        speed = [*_speeds(model, table), *_speeds(made_up_model(MANY), None)]
    named = {row.name: row.ranking for row in rows}
    gains = list(_gains(named["ours"], named["EASE, tuned"]))
    tables = (
        (FOUND, [_cells(row) for row in rows]),
        (PAIRED, [[gain.name, f"{gain.value:+.4f}", _interval(gain)] for gain in gains]),
        (SPEED, speed),
    )
    for header, cells in tables:
        sys.stdout.write(f"\n{plain_table(header, cells)}")
    sys.stdout.write(f"\n{_chosen(choice)}\n")
    if parsed.write:
        write_section("recommendation", _markdown(table, tables, choice), PAGE)
    return int(any(gain.value < 0.0 for gain in gains))


def compare(table: InteractionTable, items: Sequence[Item]) -> tuple[list[Row], Choice, RecommendationModel]:
    """Return every recommender on each user's newest interactions, all tuned on the newest of the rest."""
    older, held = split_newest(table, 0.2)
    task = make_task(older, held)
    choice = choose(older, items, RecommenderOptions(seed=SEED))
    tuning = make_task(*split_newest(older, 0.2))
    factors = search_factors(tuning, 1.0, WIDTHS, SEED)
    popular = search_popularity(tuning)
    rows = [
        _timed("popularity", task, lambda: _popularity(task, popular.recipe)),
        _timed("EASE, tuned", task, lambda: ease_scores(task, choice.plain_ease)),
        _timed("EASE, the newest counting more", task, lambda: _links(task, choice, "ease")),
        _timed("transitions", task, lambda: _links(task, choice, "transitions")),
        *(_timed(name.upper(), task, lambda one=one: _factors(task, one)) for name, one in sorted(factors.items())),
    ]
    began = time.perf_counter()
    model = RecommendationModel(build(older, items, choice, SEED))
    seconds = time.perf_counter() - began
    return [*rows, Row(name="ours", ranking=rank(task, served_scores(model, task)), seconds=seconds)], choice, model


def _timed(name: str, task: Task, scores: Callable[[], np.ndarray]) -> Row:
    began = time.perf_counter()
    found = scores()
    return Row(name=name, ranking=rank(task, found), seconds=time.perf_counter() - began)


def _popularity(task: Task, half_life_us: float) -> np.ndarray:
    return np.broadcast_to(popularity(task.history, half_life_us), task.wanted.shape)


def _links(task: Task, choice: Choice, name: str) -> np.ndarray:
    recipe = choice.ease if name == "ease" else choice.transitions
    part = fit_links(task.history, name, recipe)
    history = history_matrix(task.history, task.leads, recency=recipe.recency, power=1.0)
    return link_scores(part.links, part.members, history)


def _factors(task: Task, found: Candidate) -> np.ndarray:
    model = fit_factors(found.recipe, positives(task.history), SEED)
    history = history_matrix(task.history, task.leads, recency=found.recency, power=1.0)
    return folded_scores(model, history)


def _gains(ours: Ranking, ease: Ranking) -> Iterator[Metric]:
    yield paired_metric("recall@20", ours.recall[CUTOFF], ease.recall[CUTOFF], SEED)
    yield paired_metric("NDCG@20", ours.ndcg[CUTOFF], ease.ndcg[CUTOFF], SEED)


def _cells(row: Row) -> list[str]:
    found = row.ranking
    figures = (found.recall[CUTOFF], found.ndcg[CUTOFF], found.recall[10], found.ndcg[10])
    recall = mean_metric("recall", figures[0], SEED)
    return [
        row.name,
        f"{recall.value:.3f} [{recall.lower:.3f}, {recall.upper:.3f}]",
        *(f"{values.mean():.3f}" for values in figures[1:]),
        f"{100 * found.coverage:.0f} %",
        f"{row.seconds:.1f}",
    ]


def _interval(metric: Metric) -> str:
    return f"{metric.lower:+.4f} to {metric.upper:+.4f}"


def _speeds(model: RecommendationModel, table: InteractionTable | None) -> Iterator[list[str]]:
    generator = np.random.default_rng(SEED)
    for count in HISTORIES:
        chosen = generator.permutation(len(model.item_ids))[:count]
        history = [Interaction(model.item_ids[item], 1.0, order, "", "") for order, item in enumerate(chosen)]
        taken = [_milliseconds(model, history) for _ in range(CALLS)]
        half, most = np.percentile(taken, [50, 99])
        yield [f"{len(model.item_ids):,}", str(count), f"{half:.2f}", f"{most:.2f}"]


def _milliseconds(model: RecommendationModel, history: list[Interaction]) -> float:
    began = time.perf_counter_ns()
    model.scores(history, 2**60)
    return (time.perf_counter_ns() - began) / 1e6


def made_up_model(item_count: int) -> RecommendationModel:
    """Return a model of random numbers as large and of such parts as a fit over so many items makes."""
    generator = np.random.default_rng(SEED)
    linked, row, width = min(10_000, item_count), 200, 32

    def link() -> LinkPart:
        values = generator.normal(size=(linked, row)).astype(np.float32)
        targets = generator.integers(0, linked, (linked, row)).astype(np.int32)
        return LinkPart.of(ItemLinks(values=values, targets=targets), np.arange(linked), item_count)

    vectors = generator.normal(size=(item_count, width)).astype(np.float32)
    half = Part(weight=0.5, recency=0.7)
    return RecommendationModel(
        ModelParts(
            item_ids=tuple(f"item-{n}" for n in range(item_count)),
            blend=Blend(ease=half, transitions=half, factors=half, content=half, popularity=0.1),
            ease=link(),
            transitions=link(),
            factors=FactorModel.of(vectors, Folding(regularization=10.0, alpha=1.0, confident=False)),
            encoder=ContentEncoder(
                idf={f"word:{n}": 1.0 for n in range(width)}, scales={}, directions=np.eye(width, dtype=np.float32)
            ),
            content=vectors / np.linalg.norm(vectors, axis=1, keepdims=True),
            popularity=generator.normal(size=item_count).astype(np.float32),
        )
    )


def _chosen(choice: Choice) -> str:
    blend = choice.blend
    parts = {"EASE": blend.ease, "transitions": blend.transitions, "factors": blend.factors, "content": blend.content}
    weighed = ", ".join(f"{name} {part.weight:g} (recency {part.recency:g})" for name, part in parts.items())
    recipe = choice.factors
    return (
        f"Chosen by NDCG@20 on the validation part: {weighed}, popularity {blend.popularity:g}; factors by "
        f"{recipe.method.upper()} ({recipe.width}); penalties {choice.ease.penalty:g} (EASE), "
        f"{choice.transitions.penalty:g} (transitions), {choice.plain_ease.penalty:g} (EASE alone)."
    )


def _markdown(table: InteractionTable, tables: Sequence[tuple[Sequence[str], list[list[str]]]], choice: Choice) -> str:
    found, paired, speed = (markdown_table(header, rows) for header, rows in tables)
    about = (
        f"MovieLens-100k, the part at hand: {len(table):,} interactions of {len(table.lead_ids):,} users with "
        f"{len(table.item_ids):,} items. Each user's newest 20 % is to be found among all items the user had not "
        "touched; everything is fitted on the rest and tuned on the newest 20 % of that. Every rating is an "
        "interaction, whatever its stars."
    )
    why = (
        "Users of that site rated what it put before them, page by page, so that the last few ratings say much about "
        "the next. EASE as published takes a history as a set; ours counts the newest most and knows what follows "
        "what. How much either counts is learned; where order says less, the gain is smaller."
    )
    return "\n\n".join((about, found, paired, _chosen(choice), why, "One call of the model, one thread:", speed))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.recommendation", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="the public data sets")
    parser.add_argument("--write", action="store_true", help="rewrite the section of docs/behavior.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
