from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from core.adapters.onnx_predictor import OnnxPredictor
from core.scoring.graph import ALLOWED_OPERATORS, FEATURE_SET_HASH_KEY
from training.booster import BoosterParameters, booster_json, fit_booster, margins
from training.calibration import Beta, Isotonic, Sigmoid, fit_isotonic
from training.export import _calibration_nodes, export_onnx

WIDTH = 6


def make_booster(seed=0, **parameters):
    random = np.random.default_rng(seed)
    rows = random.normal(size=(500, WIDTH)).astype(np.float32)
    rows[:, 0] = np.round(rows[:, 0])
    rows[random.random(rows.shape) < 0.15] = np.nan
    outcomes = random.random(500) < 1 / (1 + np.exp(-3 * np.nan_to_num(rows[:, 1])))
    settings_ = BoosterParameters(**{"n_estimators": 25, "max_depth": 4, **parameters})
    return fit_booster(rows, outcomes, settings_), rows


BOOSTER, ROWS = make_booster()
CALIBRATIONS = [
    Sigmoid("identity"),
    Sigmoid("platt", 0.37, -1.4),
    Sigmoid("platt", 2.5, 0.2),
    Beta(0.4, 1.7, -0.6),
    Beta(0.0, 2.0, 0.3),
    Isotonic(np.array([-3.0, -0.5, 0.25, 2.0]), np.array([0.01, 0.3, 0.32, 0.97])),
    Isotonic(np.array([0.4]), np.array([0.31])),
    fit_isotonic(np.sort(np.random.default_rng(1).normal(size=2_000)), np.random.default_rng(2).random(2_000) < 0.3),
]
NAMES = [f"{calibration.name}-{i}" for i, calibration in enumerate(CALIBRATIONS)]


def calibration_alone(calibration):
    """Return a predictor whose margin is its one feature: the calibration's nodes without trees."""
    model = onnx.load_from_string(export_onnx(BOOSTER, calibration, width=WIDTH, feature_set_hash="h"))
    nodes, initializers = _calibration_nodes(calibration)
    passed_on = helper.make_node("Identity", ["features"], ["margin_column"])
    flatten = [node for node in model.graph.node if node.op_type == "Reshape"]
    shape = next(tensor for tensor in model.graph.initializer if tensor.name == "flat")
    graph = helper.make_graph(
        [passed_on, *nodes, *flatten],
        "calibration",
        [helper.make_tensor_value_info("features", onnx.TensorProto.FLOAT, [None, 1])],
        list(model.graph.output),
        [shape, *initializers],
    )
    made = helper.make_model(graph, opset_imports=list(model.opset_import), ir_version=8)
    return OnnxPredictor(made.SerializeToString())


EXTREMES = [-1e6, -700.0, -100.0, -20.0, -1e-7, 0.0, 1e-7, 20.0, 100.0, 700.0, 1e6]


@pytest.mark.parametrize("calibration", CALIBRATIONS, ids=NAMES)
def test_each_calibration_is_the_same_in_the_graph(calibration):
    places = np.array([*np.linspace(-8, 8, 4_001), *EXTREMES], dtype=np.float32)
    probability, margin = calibration_alone(calibration).predict(places[:, None])
    np.testing.assert_array_equal(margin, places)
    expected = calibration.probability(places.astype(np.float64))
    assert np.abs(probability - expected).max() <= 1e-6
    assert ((probability >= 0) & (probability <= 1)).all()


@settings(max_examples=40, deadline=None)
@given(st.floats(0.01, 5), st.floats(0.01, 5), st.floats(-4, 4), st.lists(st.floats(-1e4, 1e4, width=32), min_size=1))
def test_any_beta_map_is_the_same_in_the_graph(a, b, c, places):
    calibration = Beta(a, b, c)
    places = np.array(places, dtype=np.float32)
    probability, _ = calibration_alone(calibration).predict(places[:, None])
    # The logit is a float32: what it is off by, relative to its size, is what the probability may be off by.
    assert probability == pytest.approx(calibration.probability(places.astype(float)), abs=3e-6)


@pytest.mark.parametrize("calibration", CALIBRATIONS, ids=NAMES)
def test_the_whole_graph_gives_what_xgboost_and_numpy_give(calibration):
    predictor = OnnxPredictor(export_onnx(BOOSTER, calibration, width=WIDTH, feature_set_hash="abc"))
    odd = np.array([[np.nan] * WIDTH, [0.0] * WIDTH, [3e38] * WIDTH, [-3e38] * WIDTH], dtype=np.float32)
    rows = np.concatenate([ROWS, odd])
    probability, margin = predictor.predict(rows)
    expected = margins(BOOSTER, rows)
    assert margin == pytest.approx(expected, abs=1e-5)
    assert probability == pytest.approx(calibration.probability(expected), abs=1e-5)
    assert (probability.dtype, probability.shape) == (np.float32, (len(rows),))
    assert (predictor.feature_count, predictor.feature_set_hash) == (WIDTH, "abc")


@pytest.mark.parametrize(
    "parameters",
    [{"max_depth": 1}, {"max_depth": 9, "n_estimators": 5}, {"n_estimators": 1}, {"learning_rate": 1.0}],
)
def test_trees_of_other_shapes(parameters):
    booster, rows = make_booster(seed=3, **parameters)
    predictor = OnnxPredictor(export_onnx(booster, Sigmoid("identity"), width=WIDTH, feature_set_hash=""))
    assert predictor.predict(rows)[1] == pytest.approx(margins(booster, rows), abs=1e-5)


def test_trees_that_are_single_leaves_and_features_never_asked_about():
    rows = np.zeros((100, WIDTH), dtype=np.float32)
    booster = fit_booster(rows, np.arange(100) < 20, BoosterParameters(n_estimators=3))
    predictor = OnnxPredictor(export_onnx(booster, Sigmoid("identity"), width=WIDTH, feature_set_hash=""))
    assert predictor.predict(rows)[1] == pytest.approx(margins(booster, rows), abs=1e-5)


def test_a_first_tree_of_one_leaf_among_others():
    """The converter then writes the base rate where the base margin belongs."""
    rows = np.random.default_rng(0).normal(size=(60, WIDTH)).astype(np.float32)
    outcomes = np.random.default_rng(0).random(60) < 0.3
    booster = fit_booster(rows, outcomes, BoosterParameters(n_estimators=30, min_child_weight=5.0, reg_lambda=10.0))
    sizes = [
        len(tree["left_children"]) for tree in booster_json(booster)["learner"]["gradient_booster"]["model"]["trees"]
    ]
    assert sizes[0] == 1 < max(sizes)
    predictor = OnnxPredictor(export_onnx(booster, Sigmoid("identity"), width=WIDTH, feature_set_hash=""))
    assert predictor.predict(rows)[1] == pytest.approx(margins(booster, rows), abs=1e-5)


def test_values_on_a_threshold_go_the_same_way():
    trees = booster_json(BOOSTER)["learner"]["gradient_booster"]["model"]["trees"]
    splits = [
        (feature, threshold)
        for tree in trees
        for feature, threshold, left in zip(
            tree["split_indices"], tree["split_conditions"], tree["left_children"], strict=True
        )
        if left >= 0
    ]
    assert len(splits) > 100
    rows = np.tile(ROWS[:1], (len(splits), 1))
    for row, (feature, threshold) in zip(rows, splits, strict=True):
        row[feature] = np.float32(threshold)
    predictor = OnnxPredictor(export_onnx(BOOSTER, Sigmoid("identity"), width=WIDTH, feature_set_hash=""))
    assert predictor.predict(rows)[1] == pytest.approx(margins(BOOSTER, rows), abs=1e-5)


@pytest.mark.parametrize("calibration", CALIBRATIONS, ids=NAMES)
def test_the_graph_holds_only_operators_a_server_admits(calibration):
    model = onnx.load_from_string(export_onnx(BOOSTER, calibration, width=WIDTH, feature_set_hash="abc"))
    assert {(node.domain, node.op_type) for node in model.graph.node} <= ALLOWED_OPERATORS
    assert {prop.key: prop.value for prop in model.metadata_props} == {FEATURE_SET_HASH_KEY: "abc"}


def test_the_same_trees_make_the_same_bytes():
    first, second = (export_onnx(BOOSTER, CALIBRATIONS[1], width=WIDTH, feature_set_hash="h") for _ in range(2))
    assert first == second


def test_an_unknown_map_is_a_mistake_of_ours():
    class Other:
        name = "other"

        def probability(self, values):
            return values

    with pytest.raises(TypeError, match="no ONNX form for other"):
        export_onnx(BOOSTER, Other(), width=WIDTH, feature_set_hash="")
