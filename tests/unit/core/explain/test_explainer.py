from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from core.errors import InvalidInput
from core.explain import TreeEnsemble, TreeExplainer
from core.explain.leaves import LeafKernel
from core.explain.paths import merge_conditions, trace_routes
from core.explain.tables import TableKernel

MODELS = {
    **{f"depth {depth}": {"max_depth": depth} for depth in range(1, 9)},
    "pure leaves": {"max_depth": 6, "min_child_weight": 0, "reg_lambda": 0},
    "no cover left": {"max_depth": 6, "min_child_weight": 0, "eta": 2.0},
    "depth 10": {"max_depth": 10, "min_child_weight": 0},
    "depth 12": {"max_depth": 12, "min_child_weight": 0, "eta": 0.1},
    "any depth": {"max_depth": 0, "grow_policy": "lossguide", "max_leaves": 64, "min_child_weight": 0},
    "loss guided, small": {"max_depth": 8, "grow_policy": "lossguide", "max_leaves": 12},
    "pruned": {"max_depth": 6, "gamma": 2.0, "tree_method": "exact"},
    "sampled": {"max_depth": 5, "subsample": 0.5, "colsample_bytree": 0.4, "colsample_bynode": 0.7},
    "weighted": {"max_depth": 4, "scale_pos_weight": 6.5},
    "rare": {"max_depth": 4, "base_score": 0.001},
    "forest": {"max_depth": 4, "num_parallel_tree": 3, "subsample": 0.6},
    "approximate": {"max_depth": 6, "tree_method": "approx"},
}


def assert_matches(explainer, trained, rows):
    reference = trained.reference(rows)
    found = explainer.contributions_batch(rows)
    np.testing.assert_allclose(found, reference[:, :-1], atol=1e-5, rtol=1e-5)
    assert explainer.base_margin == pytest.approx(reference[0, -1], abs=2e-6)
    margin = trained.margin(rows)
    np.testing.assert_allclose(found.sum(axis=1) + explainer.base_margin, margin, atol=1e-5, rtol=1e-6)


@pytest.mark.parametrize("params", MODELS.values(), ids=MODELS)
def test_contributions_equal_those_of_xgboost(train, params):
    trained = train(trees=12, n_features=9, n_rows=900, params=params)
    assert_matches(trained.explainer, trained, trained.rows[:200])


@pytest.mark.parametrize("n_features", [1, 2, 60, 380])
def test_few_and_many_features(train, n_features):
    trained = train(trees=20, n_features=n_features, params={"max_depth": 6})
    assert_matches(trained.explainer, trained, trained.rows[:50])


def test_a_hundred_trees_stay_within_float32_noise(train):
    trained = train(trees=100, n_features=20, n_rows=3000, params={"max_depth": 6, "eta": 0.1})
    assert_matches(trained.explainer, trained, trained.rows[:100])
    assert isinstance(trained.explainer._kernel, TableKernel)


@pytest.mark.parametrize("depth", [2, 6, 8])
def test_both_kernels_agree(train, depth):
    trained = train(trees=10, n_rows=2000, params={"max_depth": depth})
    ensemble = trained.ensemble
    routes = trace_routes(ensemble)
    slow = LeafKernel.build(ensemble, routes, merge_conditions(ensemble, routes))
    fast = trained.explainer._kernel
    assert isinstance(fast, TableKernel)
    rows = trained.rows[:64].copy()
    rows[0, :], rows[1, :], rows[2, ::2] = np.inf, -np.inf, np.inf
    np.testing.assert_allclose(fast.contributions_batch(rows), slow.contributions_batch(rows), atol=1e-6)


def test_deep_trees_choose_the_slow_kernel(train):
    trained = train(trees=2, n_rows=2000, params={"max_depth": 10, "min_child_weight": 0})
    assert isinstance(trained.explainer._kernel, LeafKernel)


@pytest.mark.parametrize("depth", [4, 10])
def test_a_batch_gives_what_single_rows_give(train, depth):
    trained = train(trees=10, params={"max_depth": depth, "min_child_weight": 0})
    rows = trained.rows[:200]
    singles = [trained.explainer.contributions(row) for row in rows]
    np.testing.assert_array_equal(trained.explainer.contributions_batch(rows), singles)
    assert trained.explainer.contributions_batch(rows[:0]).shape == (0, 8)


def test_values_on_a_threshold_go_right(train):
    trained = train(trees=10, params={"max_depth": 4})
    ensemble = trained.ensemble
    rows = np.repeat(trained.rows[:1], 200, axis=0)
    inner = np.flatnonzero(ensemble.left >= 0)[:100]
    rows[np.arange(len(inner)), ensemble.feature[inner]] = ensemble.threshold[inner]
    below = np.arange(len(inner)) + 100
    rows[below, ensemble.feature[inner]] = np.nextafter(ensemble.threshold[inner], np.float32(-np.inf))
    assert_matches(trained.explainer, trained, rows)


def test_a_row_of_missing_values(train):
    trained = train(trees=10)
    assert_matches(trained.explainer, trained, np.full((2, 8), np.nan, np.float32))


def test_no_trees(train):
    explainer = train(trees=0, params={"base_score": 0.25}).explainer
    assert explainer.base_margin == pytest.approx(np.log(1 / 3))
    np.testing.assert_array_equal(explainer.contributions(np.ones(8, np.float32)), np.zeros(8))


def test_trees_of_one_leaf_only_move_the_base(train):
    trained = train(trees=4, params={"min_child_weight": 1e9, "base_score": 0.4})
    trained_too = train(trees=4, params={"gamma": 1e9, "base_score": 0.4})
    for each in (trained, trained_too):
        assert (each.ensemble.left < 0).all()
        assert_matches(each.explainer, each, each.rows[:3])


def stump(*, threshold, default_left, cover=(4.0, 1.0, 3.0)):
    return TreeEnsemble(
        tree_offsets=np.array([0, 3]),
        left=np.array([1, -1, -1]),
        right=np.array([2, -1, -1]),
        feature=np.zeros(3, np.int32),
        threshold=np.array([threshold, 0, 0], np.float32),
        default_left=np.array([default_left, False, False]),
        cover=np.array(cover),
        value=np.array([0.0, -1.0, 2.0]),
        base_margin=0.5,
        n_features=1,
    )


@pytest.mark.parametrize("default_left", [True, False])
@pytest.mark.parametrize("threshold", [-np.inf, np.inf, 0.0])
def test_splits_on_missing_alone(threshold, default_left):
    explainer = TreeExplainer.build(stump(threshold=threshold, default_left=default_left))
    assert explainer.base_margin == pytest.approx(0.5 + (-1.0 + 3 * 2.0) / 4)
    for value in (-5.0, 5.0, np.nan):
        left = default_left if np.isnan(value) else value < threshold
        margin = explainer.contributions(np.array([value], np.float32)).sum() + explainer.base_margin
        assert margin == pytest.approx(0.5 + (-1.0 if left else 2.0), abs=1e-6)


def test_a_split_no_training_row_reached_is_still_additive():
    explainer = TreeExplainer.build(stump(threshold=0.0, default_left=True, cover=(0.0, 0.0, 0.0)))
    margin = explainer.contributions(np.array([1.0], np.float32)).sum() + explainer.base_margin
    assert margin == pytest.approx(2.5, abs=1e-6)


def test_a_row_of_another_shape_is_refused(train):
    explainer = train(trees=1).explainer
    for row in (np.zeros(7, np.float32), np.zeros((1, 8), np.float32)):
        with pytest.raises(InvalidInput, match="8 values"):
            explainer.contributions(row)
    for rows in (np.zeros(8, np.float32), np.zeros((2, 9), np.float32)):
        with pytest.raises(InvalidInput, match="8 columns"):
            explainer.contributions_batch(rows)


def test_threads_may_share_an_explainer(train):
    trained = train(trees=30, n_rows=1000)
    explainer, rows = trained.explainer, trained.rows
    expected = explainer.contributions_batch(rows)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(explainer.contributions, rows))
    np.testing.assert_array_equal(found, expected)
