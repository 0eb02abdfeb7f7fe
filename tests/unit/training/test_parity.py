"""The gate must catch what it is there for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from core.adapters.onnx_predictor import OnnxPredictor
from core.explain import TreeEnsemble, TreeExplainer
from training.booster import booster_json
from training.calibration import Isotonic, Sigmoid
from training.export import export_onnx
from training.fit import labelled
from training.parity import TOLERANCE, check_explanations, check_parity
from training.pipeline import fit_scorer
from training.refusal import TrainingRefused


@pytest.fixture(scope="module")
def fitted(make_table, make_recipe):
    table = make_table(400, 5)
    return fit_scorer(labelled(table), make_recipe(table, n_estimators=30))


def export(fitted, calibration=None):
    width = len(fitted.feature_set)
    return export_onnx(fitted.booster, calibration or fitted.calibration, width=width, feature_set_hash="h")


def explainer_of(fitted):
    return TreeExplainer.build(TreeEnsemble.from_xgboost_json(booster_json(fitted.booster)))


def refused(reason, check, *arguments):
    with pytest.raises(TrainingRefused) as problem:
        check(*arguments)
    assert problem.value.reason == reason
    return problem.value


def tampered(content, change):
    model = onnx.load_from_string(content)
    trees = model.graph.node[0]
    values = {attribute.name: helper.get_attribute_value(attribute) for attribute in trees.attribute}
    change(values)
    del trees.attribute[:]
    trees.attribute.extend(helper.make_attribute(name, value) for name, value in values.items())
    return OnnxPredictor(model.SerializeToString())


def test_an_honest_export_passes_and_says_how_close_it_is(fitted):
    assert 0.0 <= check_parity(OnnxPredictor(export(fitted)), fitted, fitted.rows) <= TOLERANCE
    check_explanations(explainer_of(fitted), fitted, fitted.rows)


def leaf(values):
    """A leaf that many rows reach: the largest weight is not always reached, so all leaves of one tree move."""
    for i, tree in enumerate(values["target_treeids"]):
        if tree == 7:
            values["target_weights"][i] += 1e-3


def split(values):
    for i, tree in enumerate(values["nodes_treeids"]):
        if tree == 0 and values["nodes_nodeids"][i] == 0:
            values["nodes_values"][i] = 1e30


def missing(values):
    values["nodes_missing_value_tracks_true"] = [1 - v for v in values["nodes_missing_value_tracks_true"]]


def base(values):
    values["base_values"] = [values["base_values"][0] + 1e-3]


@pytest.mark.parametrize("change", [leaf, split, missing, base])
def test_a_tampered_tree_is_caught(change, fitted):
    predictor = tampered(export(fitted), change)
    problem = refused("PARITY_FAILED", check_parity, predictor, fitted, fitted.rows)
    assert 0 <= int(problem.metadata["row"]) < 400


def test_a_graph_with_another_calibration_is_caught(fitted):
    for other in (Sigmoid("platt", 1.01, 0.0), Isotonic(np.array([-1.0, 1.0]), np.array([0.3, 0.7]))):
        refused("PARITY_FAILED", check_parity, OnnxPredictor(export(fitted, other)), fitted, fitted.rows)


def test_one_bad_row_among_many_is_enough(fitted):
    """The answer must not be an average."""

    class OffByOneRow:
        def predict(self, rows):
            probability, margin = OnnxPredictor(export(fitted)).predict(rows)
            probability = probability.copy()
            probability[123] += 3e-5
            return probability, margin

    assert refused("PARITY_FAILED", check_parity, OffByOneRow(), fitted, fitted.rows).metadata["row"] == "123"


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_answers_that_are_no_numbers_are_caught(value, fitted):
    model = onnx.load_from_string(export(fitted))
    for tensor in model.graph.initializer:
        if tensor.name in {"slope", "a"}:
            tensor.CopyFrom(numpy_helper.from_array(np.array(value, dtype=np.float32), tensor.name))
    refused("PARITY_FAILED", check_parity, OnnxPredictor(model.SerializeToString()), fitted, fitted.rows)


def test_explanations_of_other_trees_are_caught(fitted, make_table, make_recipe):
    table = make_table(400, 5)
    other = fit_scorer(labelled(table), make_recipe(table, n_estimators=31))
    refused("EXPLANATION_FAILED", check_explanations, explainer_of(other), fitted, fitted.rows)


def test_a_shifted_base_is_caught(fitted):
    honest = explainer_of(fitted)
    shifted = TreeExplainer(honest._kernel, base_margin=honest.base_margin + 2e-4, n_features=honest.n_features)
    refused("EXPLANATION_FAILED", check_explanations, shifted, fitted, fitted.rows)


def test_few_rows_are_all_explained(fitted):
    check_explanations(explainer_of(fitted), fitted, fitted.rows[:3])
    check_parity(OnnxPredictor(export(fitted)), replace(fitted, rows=fitted.rows[:1]), fitted.rows[:1])
