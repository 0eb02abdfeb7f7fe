"""What the search chooses, and that what it judges is what is served."""

from __future__ import annotations

import numpy as np
import pytest

from core.recommend.blending import Blend, Part
from core.recommend.content import learn_content
from core.recommend.model import ModelParts, RecommendationModel
from tests.parts.recommenders import catalogue, viewed
from training.recommend import search
from training.recommend.blend import POPULARITY_FLOOR, learn_weights
from training.recommend.evaluate import make_task, mean_ndcg
from training.recommend.factor_models import FactorRecipe, fit_factors
from training.recommend.fit import served_scores
from training.recommend.histories import history_matrix, positives, standardise
from training.recommend.interactions import split_newest, table_of
from training.recommend.search import (
    Candidate,
    fit_links,
    folded_scores,
    link_scores,
    popularity,
    search_ease,
    search_factors,
    search_popularity,
    search_transitions,
)

NOTHING = Part(weight=0.0)


@pytest.fixture(scope="module")
def task(table):
    return make_task(*split_newest(table, 0.2))


def served(task, **given):
    """What a model of one part serves."""
    items = catalogue()
    encoder = learn_content(items, 8)
    parts = {"ease": None, "transitions": None, "factors": None, **given.pop("parts")}
    weights = {"ease": NOTHING, "transitions": NOTHING, "factors": NOTHING, "content": NOTHING, **given}
    blend = Blend(**weights, popularity=0.0)
    return served_scores(
        RecommendationModel(
            ModelParts(
                item_ids=task.history.item_ids,
                blend=blend,
                encoder=encoder,
                content=encoder.encode(items),
                popularity=np.zeros(len(items), dtype=np.float32),
                **parts,
            )
        ),
        task,
    )


@pytest.mark.parametrize("short", [False, True])
def test_links_are_served_as_the_search_judged_them(task, short, monkeypatch):
    if short:
        monkeypatch.setattr(search, "DENSE_UP_TO", 10)
        monkeypatch.setattr(search, "ROW_SIZES", (5, 60))
    best, plain = search_ease(task, 1.0)
    part = fit_links(task.history, "ease", best.recipe)
    history = history_matrix(task.history, task.leads, recency=best.recency, power=1.0)

    judged = standardise(link_scores(part.links, part.members, history), history)

    assert (part.links.targets is None) is not short
    assert np.allclose(judged, best.scores, atol=1e-4)
    found = served(task, parts={"ease": part}, ease=Part(weight=1.0, recency=best.recency))
    assert np.allclose(found, best.scores, atol=1e-3)
    assert plain.recency == 0.0
    assert plain.ndcg <= best.ndcg == pytest.approx(mean_ndcg(task, best.scores))


@pytest.mark.parametrize(
    "recipe",
    [
        FactorRecipe(method="als", width=8, regularization=5.0),
        FactorRecipe(method="als", width=8, regularization=5.0, alpha=4.0, confident=True),
        FactorRecipe(method="svd", width=8),
        FactorRecipe(method="nmf", width=8),
    ],
)
def test_factors_are_served_as_the_search_judged_them(task, recipe):
    model = fit_factors(recipe, positives(task.history), 1)
    history = history_matrix(task.history, task.leads, recency=0.5, power=1.0)

    judged = standardise(folded_scores(model, history), history)

    found = served(task, parts={"factors": model}, factors=Part(weight=1.0, recency=0.5))
    assert np.allclose(found, judged, atol=2e-3)


def test_short_rows_keep_the_quality(task, monkeypatch):
    monkeypatch.setattr(search, "DENSE_UP_TO", 10)
    monkeypatch.setattr(search, "ROW_SIZES", (2, 30, 110))
    short = search_transitions(task, 1.0)
    monkeypatch.undo()

    assert short.recipe.row_size in {2, 30, 110}
    assert short.ndcg >= 0.98 * search_transitions(task, 1.0).ndcg


def test_every_method_is_tried(task):
    found = search_factors(task, 1.0, (4, 8), 1)

    assert set(found) == {"als", "svd", "nmf"}
    assert min(one.ndcg for one in found.values()) > search_popularity(task).ndcg


def test_what_is_long_ago_makes_items_less_popular():
    table = table_of({f"lead-{n}": viewed("old" if n < 6 else "new") for n in range(10)})
    table.occurred_us[table.items == table.item_ids.index("old")] -= 30 * 86_400 * 10**6
    day = 86_400 * 10**6

    ever, lately = popularity(table, float("inf")), popularity(table, 7.0 * day)

    new, old = table.item_ids.index("new"), table.item_ids.index("old")
    assert ever[old] > ever[new]
    assert lately[new] > lately[old]


def test_parts_that_bring_nothing_have_no_weight(task):
    best, _ = search_ease(task, 1.0)
    noise = np.random.default_rng(1).normal(size=best.scores.shape).astype(np.float32)
    useless = Candidate(recipe=None, recency=0.0, ndcg=mean_ndcg(task, noise), scores=np.zeros_like(noise))

    weights, ndcg = learn_weights(task, {"ease": best, "content": useless, "popularity": useless})

    assert weights == {"ease": 1.0, "content": 0.0, "popularity": POPULARITY_FLOOR}
    assert ndcg == pytest.approx(best.ndcg)
