"""A fit from end to end: what it finds, what it writes, what it refuses."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import numpy as np
import pytest

from core.adapters.admission import admit
from core.recommend.artifact import read_model
from core.version import RECOMMENDATION
from tests.parts.recommenders import best, catalogue, histories, viewed
from training.recommend.fit import fit_recommender
from training.recommend.interactions import table_of
from training.refusal import TrainingRefused

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def metric(fitted, name: str):
    return next(one for one in fitted.manifest.metrics if one.name == name)


def test_it_beats_tuned_ease_and_popularity_where_order_matters(fitted):
    assert metric(fitted, "ndcg@20_above_ease").lower > 0.0
    assert metric(fitted, "ndcg@20").value > metric(fitted, "popularity_ndcg@20").value
    assert metric(fitted, "coverage").value > metric(fitted, "popularity_coverage").value


def test_it_recommends_what_comes_next(fitted):
    history = viewed("barn-03", "barn-04", "barn-05")

    first = best(fitted.model.item_ids, fitted.model.scores(history, 2**60), 3, seen=[one.item_id for one in history])

    # Leads go through a type in order of number and skip some.
    assert set(first) <= {f"barn-{number:02d}" for number in range(6, 11)}


def test_its_files_are_admitted_and_score_as_it_does(fitted):
    admit(fitted.files)
    served = read_model(fitted.files)
    history = viewed("loft-03", "loft-04")

    assert fitted.manifest.kind == RECOMMENDATION
    assert np.allclose(served.scores(history, 2**60), fitted.model.scores(history, 2**60), atol=1e-5)


def test_popularity_keeps_a_say_for_leads_without_a_history(fitted):
    scores = fitted.model.scores([], 2**60)

    assert np.array_equal(np.argsort(-scores, kind="stable"), np.argsort(-fitted.model.parts.popularity, kind="stable"))
    assert scores.std() > 0.0


def test_the_manifest_tells_what_was_chosen(fitted):
    parameters = fitted.manifest.parameters

    assert parameters["factors_method"] in {"als", "svd", "nmf"}
    assert parameters["validation_ndcg_blend"] >= max(
        parameters[f"validation_ndcg_{name}"] for name in ("ease", "transitions", "als", "svd", "nmf", "content")
    )
    assert fitted.manifest.training_sample_count == sum(len(history) for history in histories().values())


def test_the_same_input_gives_the_same_files(fitted, table):
    assert fit_recommender(table, catalogue(), now=NOW).files == fitted.files


def test_interactions_with_unknown_items_do_not_matter(table):
    few = dataclasses.replace(table, weights=np.where(table.items < 3, 1.0, -1.0))

    with pytest.raises(TrainingRefused, match="items of the catalogue") as refused:
        fit_recommender(few, catalogue(), now=NOW)
    assert refused.value.reason == "TOO_FEW_INTERACTIONS"


@pytest.mark.parametrize("count", [0, 10])
def test_too_little_is_refused(count):
    with pytest.raises(TrainingRefused) as refused:
        fit_recommender(table_of(histories(count)), catalogue(), now=NOW)
    assert refused.value.reason == "TOO_FEW_INTERACTIONS"
