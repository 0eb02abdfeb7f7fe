from __future__ import annotations

import copy
import json
import math

import numpy as np
import pytest
import xgboost

from core.errors import ArtifactRefused
from core.explain import TreeEnsemble


def walk(ensemble, row):
    """The definition of an ensemble, spelled out."""
    margin = ensemble.base_margin
    for root in ensemble.roots:
        node = root
        while ensemble.left[node] >= 0:
            value = row[ensemble.feature[node]]
            left = ensemble.default_left[node] if np.isnan(value) else value < ensemble.threshold[node]
            node = ensemble.left[node] if left else ensemble.right[node]
        margin += ensemble.value[node]
    return margin


def test_an_ensemble_answers_as_the_booster_does(train):
    trained = train(trees=15, params={"max_depth": 5, "base_score": 0.2})
    ensemble = trained.ensemble
    rows = trained.rows[:100]
    np.testing.assert_allclose([walk(ensemble, row) for row in rows], trained.margin(rows), atol=1e-5)
    assert ensemble.base_margin == pytest.approx(math.log(0.25))
    assert ensemble.n_features == 8
    assert ensemble.threshold.dtype == np.float32


def test_a_saved_file_reads_like_the_raw_bytes(train, tmp_path):
    trained = train(trees=3)
    trained.booster.save_model(tmp_path / "model.json")
    read = TreeEnsemble.from_xgboost_json(json.loads((tmp_path / "model.json").read_text()))
    np.testing.assert_array_equal(read.threshold, trained.ensemble.threshold)


@pytest.mark.parametrize("text", ["0.5", "5E-1", "[5E-1]", "[0.5]"])
def test_the_base_score_may_be_a_number_or_a_list_of_one(train, text):
    model = train(trees=1).json
    model["learner"]["learner_model_param"]["base_score"] = text
    assert TreeEnsemble.from_xgboost_json(model).base_margin == 0.0


@pytest.mark.parametrize("text", ["0", "1", "[0.1,0.2]", "nan", "", "[]"])
def test_a_base_score_that_is_no_probability_is_refused(train, text):
    model = train(trees=1).json
    model["learner"]["learner_model_param"]["base_score"] = text
    with pytest.raises(ArtifactRefused):
        TreeEnsemble.from_xgboost_json(model)


@pytest.mark.parametrize(
    "params",
    [
        {"objective": "reg:squarederror"},
        {"objective": "multi:softprob", "num_class": 2},
    ],
)
def test_other_objectives_are_refused(train, params):
    with pytest.raises(ArtifactRefused, match="objective"):
        TreeEnsemble.from_xgboost_json(train(trees=2, params=params).json)


@pytest.mark.parametrize("booster", ["dart", "gblinear"])
def test_other_boosters_are_refused(train, booster):
    model = train(trees=1).json
    model["learner"]["gradient_booster"]["name"] = booster
    with pytest.raises(ArtifactRefused, match="booster"):
        TreeEnsemble.from_xgboost_json(model)


@pytest.mark.parametrize("max_cat_to_onehot", [1, 100])
def test_splits_on_categories_are_refused(max_cat_to_onehot):
    codes = np.tile(np.arange(6, dtype=np.float32), 50)[:, np.newaxis]
    matrix = xgboost.DMatrix(codes, codes[:, 0] % 2, feature_types=["c"], enable_categorical=True)
    settings = {"objective": "binary:logistic", "nthread": 1, "max_cat_to_onehot": max_cat_to_onehot}
    booster = xgboost.train(settings, matrix, 1)
    with pytest.raises(ArtifactRefused, match="categories"):
        TreeEnsemble.from_xgboost_json(json.loads(booster.save_raw("json")))


def _tree(model):
    return model["learner"]["gradient_booster"]["model"]["trees"][0]


def _set(name, position, value):
    def change(model):
        _tree(model)[name][position] = value

    return change


DAMAGE = {
    "a loop": _set("left_children", 1, 0),
    "a shared child": _set("left_children", 0, 2),
    "a child outside": _set("right_children", 0, 10_000),
    "one child": _set("right_children", 0, -1),
    "a child in the next tree": lambda model: _tree(model)["left_children"].__setitem__(
        0, len(_tree(model)["left_children"])
    ),
    "a feature outside": _set("split_indices", 0, 8),
    "a negative feature": _set("split_indices", 0, -1),
    "no threshold": _set("split_conditions", 0, math.nan),
    "an infinite leaf": _set("split_conditions", -1, math.inf),
    "a negative cover": _set("sum_hessian", 0, -1.0),
    "text for a number": _set("sum_hessian", 0, "many"),
    "a short column": lambda model: _tree(model)["default_left"].pop(),
    "no column": lambda model: _tree(model).pop("sum_hessian"),
    "an empty tree": lambda model: _tree(model).update({name: [] for name in _tree(model) if name != "tree_param"}),
    "vector leaves": lambda model: _tree(model)["tree_param"].update(size_leaf_vector="2"),
    "two classes": lambda model: model["learner"]["learner_model_param"].update(num_class="3"),
    "no learner": lambda model: model.pop("learner"),
    "a list": lambda model: model.update(learner=[]),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damage_is_refused(train, damage):
    model = copy.deepcopy(train(trees=2, params={"max_depth": 3}).json)
    TreeEnsemble.from_xgboost_json(model)
    damage(model)
    with pytest.raises(ArtifactRefused):
        TreeEnsemble.from_xgboost_json(model)
